from typing import Any

import pytest
from django.conf import settings

from events import clock
from events.finding import Finding
from events.services import examine_store
from events.store import connection
from events.store.models import EventItem
from events.store.shards import raise_shard_count
from tests.fake_dynamodb import FakeDynamoDB

TABLE = EventItem.Meta.table_name


class LiveTable:
    """What AWS tells of a table; as it should be until a test changes it."""

    def __init__(self) -> None:
        schemas = [each._get_schema() for each in EventItem._indexes.values()]  # noqa: SLF001  # no public way
        self.indexes = {
            each["index_name"]: {
                "IndexName": each["index_name"],
                "KeySchema": each["key_schema"],
                "IndexStatus": "ACTIVE",
            }
            for each in schemas
        }
        self.expiry = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}

    def describe(self, operation: str) -> Any:
        if operation == "describe_table":
            return {"Table": {"GlobalSecondaryIndexes": list(self.indexes.values())}}
        return {"TimeToLiveDescription": self.expiry}


@pytest.fixture
def table(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> LiveTable:
    raise_shard_count(settings.SHARDS)
    live, call = LiveTable(), connection.call

    def answer(operation: str, **arguments: Any) -> Any:
        if operation.startswith("describe_") and not dynamodb.is_away:
            return live.describe(operation)
        return call(operation, **arguments)

    monkeypatch.setattr(connection, "call", answer)
    return live


def faults() -> list[Finding]:
    return [each for each in examine_store() if not each.is_good]


@pytest.mark.usefixtures("table")
def test_it_finds_nothing_where_all_is_right() -> None:
    assert faults() == []


def test_it_finds_a_missing_index(table: LiveTable) -> None:
    del table.indexes["dead"]

    (fault,) = faults()
    assert (fault.what, fault.fault) == (f"index dead of table {TABLE}", "it is missing")


def test_it_finds_an_index_that_is_being_made(table: LiveTable) -> None:
    table.indexes["dead"]["IndexStatus"] = "CREATING"

    assert [each.fault for each in faults()] == ["it is creating"]


def test_it_finds_an_index_with_other_keys(table: LiveTable) -> None:
    table.indexes["dead"]["KeySchema"] = table.indexes["open"]["KeySchema"]

    assert [each.fault for each in faults()] == ["its keys are not dead_key and sort_key"]


@pytest.mark.parametrize(
    ("expiry", "fault"),
    [
        ({}, "it is off"),
        ({"TimeToLiveStatus": "DISABLED"}, "it is off"),
        (
            {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"},
            "it goes by ttl, not by expires_at",
        ),
    ],
)
def test_it_finds_a_table_that_keeps_everything(
    table: LiveTable, expiry: dict[str, str], fault: str
) -> None:
    table.expiry = expiry

    assert {each.fault for each in faults()} == {fault}


@pytest.mark.usefixtures("table")
def test_it_finds_a_clock_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "offset_seconds", lambda: -7.4)

    assert [(each.what, each.fault) for each in faults()] == [
        ("clock", "it differs from AWS's by -7 s")
    ]


@pytest.mark.usefixtures("table")
def test_it_says_what_it_could_not_ask(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    assert all("network" in each.mend for each in faults())
    assert len(faults()) == 4
