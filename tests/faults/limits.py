"""What AWS refuses and an emulator may let pass, found before the request is forwarded."""

import json
import re
from collections.abc import Iterable
from typing import Any

# The table's key attributes, in order.
Keys = tuple[str, ...]

SQS_BATCH_ENTRIES = 10
SQS_BATCH_BYTES = 1_048_576
DYNAMODB_BATCH = {
    "BatchExecuteStatement": 25,
    "BatchWriteItem": 25,
    "BatchGetItem": 100,
    "TransactWriteItems": 100,
}

_TABLE = re.compile(r'\b(?:INTO|UPDATE|FROM)\s+"?([\w.-]+)"?', re.IGNORECASE)
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def sqs_refusal(operation: str, parameters: dict[str, Any]) -> tuple[str, str] | None:
    """Return the error code and message of AWS for a batch, None if it is fine."""
    if operation not in (
        "SendMessageBatch",
        "DeleteMessageBatch",
        "ChangeMessageVisibilityBatch",
    ):
        return None
    entries = parameters.get("Entries", [])
    ids = [entry.get("Id") for entry in entries]
    if not entries:
        return "EmptyBatchRequest", "no entries"
    if len(entries) > SQS_BATCH_ENTRIES:
        return "TooManyEntriesInBatchRequest", f"{len(entries)} entries"
    if len(set(ids)) != len(ids):
        return "BatchEntryIdsNotDistinct", f"ids {ids}"
    size = sum(len(entry.get("MessageBody", "").encode()) for entry in entries)
    if size > SQS_BATCH_BYTES:
        return "BatchRequestTooLong", f"{size} bytes"
    return None


def dynamodb_refusal(
    operation: str, parameters: dict[str, Any], keys_by_table: dict[str, Keys]
) -> tuple[str, str] | None:
    """Return the error code and message of AWS for a batch, None if it is fine."""
    if operation not in DYNAMODB_BATCH:
        return None
    items = list(_items(operation, parameters, keys_by_table))
    if len(items) > DYNAMODB_BATCH[operation]:
        return "ValidationException", f"{len(items)} items in {operation}"
    known = [item for item in items if item is not None]
    if len(set(known)) != len(known):
        return "ValidationException", f"one key twice in {operation}"
    return None


def tables_of(operation: str, parameters: dict[str, Any]) -> set[str]:
    """Return the tables of a batch, whose keys are needed to judge it."""
    if operation == "BatchExecuteStatement":
        return {_table_of(each["Statement"]) for each in parameters.get("Statements", [])}
    if operation in ("BatchWriteItem", "BatchGetItem"):
        return set(parameters.get("RequestItems", {}))
    if operation == "TransactWriteItems":
        actions = [next(iter(each.values())) for each in parameters.get("TransactItems", [])]
        return {action["TableName"] for action in actions}
    return set()


def _items(
    operation: str, parameters: dict[str, Any], keys_by_table: dict[str, Keys]
) -> Iterable[str | None]:
    """Yield table and key of each item as text, None where it cannot be told."""
    if operation == "BatchExecuteStatement":
        for each in parameters.get("Statements", []):
            yield _statement_item(each, keys_by_table)
    elif operation == "TransactWriteItems":
        for each in parameters.get("TransactItems", []):
            action = next(iter(each.values()))
            yield _item(action["TableName"], action.get("Key", action.get("Item")), keys_by_table)
    elif operation == "BatchGetItem":
        for table, request in parameters.get("RequestItems", {}).items():
            for key in request["Keys"]:
                yield _item(table, key, keys_by_table)
    else:
        for table, requests in parameters.get("RequestItems", {}).items():
            for request in requests:
                action = next(iter(request.values()))
                yield _item(table, action.get("Key", action.get("Item")), keys_by_table)


def _item(table: str, attributes: dict[str, Any], keys_by_table: dict[str, Keys]) -> str | None:
    names = keys_by_table.get(table, ())
    if not names or any(name not in attributes for name in names):
        return None
    return json.dumps([table, *(attributes[name] for name in names)], sort_keys=True)


def _statement_item(statement: dict[str, Any], keys_by_table: dict[str, Keys]) -> str | None:
    text = statement["Statement"]
    table = _table_of(text)
    attributes = {}
    for name in keys_by_table.get(table, ()):
        value = _value_of(name, text, statement.get("Parameters", []))
        if value is not None:
            attributes[name] = value
    return _item(table, attributes, keys_by_table)


def _table_of(text: str) -> str:
    found = _TABLE.search(text)
    return found.group(1) if found else ""


def _value_of(name: str, text: str, parameters: list[Any]) -> Any:
    """Find what the statement compares or sets the attribute to: a parameter or a literal."""
    where = re.search(r"\bWHERE\b", text, re.IGNORECASE)
    start = where.end() if where else 0
    pattern = rf"""['"]?\b{re.escape(name)}\b['"]?\s*[:=]\s*(\?|'(?:[^']|'')*')"""
    found = re.compile(pattern).search(text, start)
    if found is None:
        return None
    if found.group(1) != "?":
        return {"S": found.group(1)[1:-1].replace("''", "'")}
    # Question marks inside literals are no parameters.
    return parameters[_LITERAL.sub("", text[: found.start(1)]).count("?")]
