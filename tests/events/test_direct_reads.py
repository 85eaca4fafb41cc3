"""What the store reads past botocore is what botocore itself would have read."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from events.errors import StoreUnavailable
from events.store import connection
from events.store.events import TABLE

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("emulated_dynamodb")]

KEY = "stored"
ITEM = {
    "event_id": {"S": KEY},
    # Longer than what is received at once.
    "payload": {"S": "ü" * 100_000},
    "attempts": {"M": {"a1": {"L": [{"N": "12345678901234567890.5"}, {"BOOL": True}]}}},
}


def get(event_id: str, table: str) -> dict[str, Any]:
    return {"TableName": table, "Key": {"event_id": {"S": event_id}}, "ConsistentRead": True}


def get_several(event_id: str, table: str) -> dict[str, Any]:
    keys = [{"event_id": {"S": event_id}}]
    return {
        "RequestItems": {table: {"Keys": keys, "ConsistentRead": True}},
        "ReturnConsumedCapacity": "TOTAL",
    }


def query(event_id: str, table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeyConditionExpression": "event_id = :id",
        "ExpressionAttributeValues": {":id": {"S": event_id}},
        "Limit": 1,
        "ReturnConsumedCapacity": "TOTAL",
    }


def count(event_id: str, table: str) -> dict[str, Any]:
    return {**query(event_id, table), "Select": "COUNT"}


READS = {"get_item": get, "batch_get_item": get_several, "query": query}


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize(("operation", "arguments_for"), [*READS.items(), ("query", count)])
def test_it_reads_what_botocore_reads(
    operation: str, arguments_for: Any, *, is_there: bool
) -> None:
    connection.call("put_item", TableName=TABLE, Item=ITEM)
    arguments = arguments_for(KEY if is_there else "none", TABLE)
    client = connection.client()
    own, stock = (getattr(each, operation)(**arguments) for each in (client, client._client))  # noqa: SLF001  # the very client that it stands in for

    for answer in (own, stock):
        assert answer.pop("ResponseMetadata")["HTTPHeaders"]["date"]
    assert own == stock


@pytest.mark.parametrize("operation", READS)
def test_it_says_why_it_cannot_read_as_botocore_does(operation: str) -> None:
    arguments = READS[operation]("any", "missing")
    client = connection.client()
    errors = []
    for each in (client, client._client):  # noqa: SLF001  # as above
        with pytest.raises(ClientError) as caught:
            getattr(each, operation)(**arguments)
        errors.append(caught.value.response["Error"])

    assert errors[0] == errors[1]
    assert errors[0]["Code"] == "ResourceNotFoundException"
    with pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
        connection.call(operation, **arguments)
