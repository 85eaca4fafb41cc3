from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import boto3
import pytest

from events.store.models import EventItem
from tests.processes import Emulator
from tests.write_units import Schema, size_bytes, write_units

SCHEMA = Schema(keys=("id",), indexes={"by_day": ("day", "at")})


def make_item(*, text_bytes: int = 0, **attributes: Any) -> dict[str, Any]:
    return {"id": {"S": "1"}, "text": {"S": "x" * text_bytes}, **attributes}


IN_INDEX: dict[str, Any] = {"day": {"S": "monday"}, "at": {"N": "7"}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": "abc"}, 3),
        ({"S": "ü😀"}, 6),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "100"}, 2),
        ({"N": "1770001445600000"}, 7),
        ({"N": "-7"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"M": {}}, 3),
        ({"M": {"a": {"S": "xy"}}}, 3 + 1 + 1 + 2),
        ({"L": [{"S": "xy"}]}, 3 + 1 + 2),
    ],
)
def test_it_weighs_a_value(value: dict[str, Any], expected: int) -> None:
    assert size_bytes({"name": value}) == len("name") + expected


@pytest.mark.parametrize(
    ("size", "units"), [(10, 1), (1_024, 1), (1_025, 2), (2_048, 2), (2_049, 3)]
)
def test_it_charges_started_kilobytes(size: int, units: int) -> None:
    item = make_item(text_bytes=size - size_bytes(make_item()))

    assert write_units(SCHEMA, None, item) == units


def test_it_charges_the_larger_of_both_images() -> None:
    large, small = make_item(text_bytes=3_000), make_item()

    assert write_units(SCHEMA, large, small) == write_units(SCHEMA, small, large) == 3


def test_it_charges_a_write_that_was_refused() -> None:
    assert write_units(SCHEMA, None, None) == 1
    assert write_units(SCHEMA, make_item(text_bytes=3_000), make_item(text_bytes=3_000)) == 3


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, IN_INDEX, 2),
        (IN_INDEX, None, 2),
        ({}, IN_INDEX, 2),
        (IN_INDEX, {}, 2),
        (IN_INDEX, IN_INDEX, 1),
        (IN_INDEX, IN_INDEX | {"at": {"N": "8"}}, 3),
        ({}, {"day": {"S": "monday"}}, 1),
    ],
    ids=["put", "delete", "enter", "leave", "stay", "move", "half a key"],
)
def test_it_charges_what_happens_in_the_index(
    before: dict[str, Any] | None, after: dict[str, Any] | None, units: int
) -> None:
    old = None if before is None else make_item(**before)
    new = None if after is None else make_item(**after)

    assert write_units(SCHEMA, old, new) == units


def test_it_reads_the_schema_from_the_model() -> None:
    schema = Schema.of(EventItem)

    assert schema.keys == ("event_id",)
    assert schema.indexes["open"] == ("open_key", "due_at")
    assert schema.indexes["by_time"] == ("time_key", "sort_key")


@pytest.fixture
def table(aws: Emulator) -> Iterator[Any]:
    client = boto3.client("dynamodb", endpoint_url=aws.endpoint, region_name="us-east-1")
    client.create_table(
        TableName="metered",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("id", "S"), ("day", "S"), ("at", "N"))
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_day",
                "KeySchema": [
                    {"AttributeName": "day", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    yield client
    client.delete_table(TableName="metered")
    client.close()


@pytest.mark.integration
def test_it_agrees_with_what_is_charged(table: Any) -> None:
    images = [
        None,
        make_item(),
        make_item(**IN_INDEX),
        make_item(text_bytes=1_500, **IN_INDEX),
        make_item(text_bytes=1_500, **IN_INDEX | {"at": {"N": "8"}}),
        make_item(text_bytes=10),
        make_item(
            **IN_INDEX, attempts={"M": {"a": {"M": {"n": {"N": "12.5"}}}}}, gone={"NULL": True}
        ),
        make_item(text_bytes=5_000, **IN_INDEX),
    ]
    for before, after in pairwise(images):
        answer = table.put_item(TableName="metered", Item=after, ReturnConsumedCapacity="INDEXES")

        charged = answer["ConsumedCapacity"]["CapacityUnits"]
        assert charged == write_units(SCHEMA, before, after), (before, after)
