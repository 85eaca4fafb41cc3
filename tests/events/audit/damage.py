"""Damage done to the store behind the platform's back, on the fake and on the emulator alike."""

from collections.abc import Callable
from typing import Any

from events.store import connection
from events.store.models import EventItem

Stored = dict[str, str]
Item = dict[str, Any]
Damage = Callable[[Item], object]

_TABLE = EventItem.Meta.table_name


def delete(key: str) -> None:
    connection.call("delete_item", TableName=_TABLE, Key={"event_id": {"S": key}})


def damage(key: str, change: Damage) -> None:
    """Change an item as DynamoDB has it."""
    answer = connection.call(
        "get_item", TableName=_TABLE, Key={"event_id": {"S": key}}, ConsistentRead=True
    )
    item: Item = answer["Item"]
    change(item)
    connection.call("put_item", TableName=_TABLE, Item=item)
