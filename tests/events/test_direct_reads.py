"""What the store reads past botocore is what botocore itself would have read."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from events.errors import StoreUnavailable
from events.store import connection
from events.store.events import TABLE
from tests.factories import accept_event

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("emulated_dynamodb", "dispatcher"),
]

PAYLOAD = '{"text": "ü\\ud83d", "number": 1e400, "list": [{}, null, true]}'


def make_reads(event_id: str) -> dict[str, dict[str, Any]]:
    key = {"event_id": {"S": event_id}}
    return {
        "get_item": {"TableName": TABLE, "Key": key, "ConsistentRead": True},
        "batch_get_item": {
            "RequestItems": {TABLE: {"Keys": [key], "ConsistentRead": True}},
            "ReturnConsumedCapacity": "TOTAL",
        },
        "query": {
            "TableName": TABLE,
            "KeyConditionExpression": "event_id = :id",
            "ExpressionAttributeValues": {":id": {"S": event_id}},
            "ReturnConsumedCapacity": "TOTAL",
        },
    }


@pytest.mark.parametrize("operation", ["get_item", "batch_get_item", "query"])
def test_it_reads_what_botocore_reads(operation: str) -> None:
    arguments = make_reads(accept_event(payload_json=PAYLOAD))[operation]
    client = connection.client()
    own, stock = (getattr(each, operation)(**arguments) for each in (client, client._client))  # noqa: SLF001  # the very client that it stands in for

    for answer in (own, stock):
        assert answer.pop("ResponseMetadata")["HTTPHeaders"]["date"]
    assert own == stock
    assert "1e400" in str(own)


@pytest.mark.parametrize("operation", ["get_item", "query"])
def test_it_says_why_it_cannot_read_as_botocore_does(operation: str) -> None:
    arguments = make_reads("any")[operation] | {"TableName": "missing"}
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
