"""A claim and a finish the plain way: two conditional updates, as boto3's documentation has it.

A worker's task is to do nothing between them.
"""

import uuid
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

TABLE = "plain-work"
CLAIM: dict[str, Any] = {
    "TableName": TABLE,
    "UpdateExpression": "SET #status = :processing, #owner = :owner ADD attempts :one",
    "ConditionExpression": "attribute_not_exists(#owner)",
    "ExpressionAttributeNames": {"#status": "status", "#owner": "owner"},
    "ReturnValues": "ALL_NEW",
}
FINISH: dict[str, Any] = {
    "TableName": TABLE,
    "UpdateExpression": "SET #status = :succeeded REMOVE #owner",
    "ConditionExpression": "#owner = :owner",
    "ExpressionAttributeNames": {"#status": "status", "#owner": "owner"},
}


def new_owner() -> dict[str, str]:
    return {"S": str(uuid.uuid4())}


def claim_values(owner: dict[str, str]) -> dict[str, Any]:
    return {":processing": {"S": "processing"}, ":owner": owner, ":one": {"N": "1"}}


def finish_values(owner: dict[str, str]) -> dict[str, Any]:
    return {":succeeded": {"S": "succeeded"}, ":owner": owner}


def claim_and_finish(event_id: str) -> None:
    key, owner = {"event_id": {"S": event_id}}, new_owner()
    client = _client()
    client.update_item(Key=key, ExpressionAttributeValues=claim_values(owner), **CLAIM)
    client.update_item(Key=key, ExpressionAttributeValues=finish_values(owner), **FINISH)


# One per process, made after any fork; clients are safe to share between threads.
@cache
def _client() -> Any:
    return boto3.client("dynamodb", config=Config(max_pool_connections=50))
