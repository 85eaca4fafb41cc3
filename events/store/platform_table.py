"""Items of the platform table that grow, or are many of a kind."""

from collections.abc import Iterator

from events.store import connection
from events.store.connection import Item
from events.store.models import PlatformItem

TABLE = PlatformItem.Meta.table_name
DEADLINE_SECONDS = 1.0

Page = list[Item]


def put_unless_smaller(item: Item) -> None:
    """Store an item whose ``size`` only grows; nothing happens if a larger one is there."""
    try:
        connection.call(
            "put_item",
            deadline_seconds=DEADLINE_SECONDS,
            TableName=TABLE,
            Item=item,
            ConditionExpression="attribute_not_exists(#size) OR #size <= :size",
            ExpressionAttributeNames={"#size": "size"},
            ExpressionAttributeValues={":size": item["size"]},
        )
    except connection.ConditionFailed:
        # A later state of it is stored already: this one was under way for long.
        return


def read_pages(kind: str, first: str, last: str, *, limit: int) -> Iterator[tuple[Page, bool]]:
    """Return the items of a kind by name, ends included, and with each page if it is the last.

    A page is 1 MB; no more than ``limit`` of them are read.
    """
    start: dict[str, Item] = {}
    for _ in range(limit):
        answer = connection.call(
            "query",
            deadline_seconds=DEADLINE_SECONDS,
            TableName=TABLE,
            KeyConditionExpression="#kind = :kind AND #name BETWEEN :first AND :last",
            ExpressionAttributeNames={"#kind": "kind", "#name": "name"},
            ExpressionAttributeValues={
                ":kind": {"S": kind},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ConsistentRead=True,
            **start,
        )
        last_key = answer.get("LastEvaluatedKey")
        yield answer["Items"], last_key is None
        if last_key is None:
            return
        start = {"ExclusiveStartKey": last_key}
