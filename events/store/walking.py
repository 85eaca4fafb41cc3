"""Reading the whole events table, for maintenance only: no request may do so."""

from collections.abc import Iterator

from events.store import connection
from events.store.events import TABLE

# A page of DynamoDB's is 1 MB at most.
_PAGE_ITEMS = 1_000
_DEADLINE_SECONDS = 30.0
# Neither payloads nor results: they are most of a table, and say nothing of where an event is.
_NAMES = (
    *("event_id", "sort_key", "time_key", "type_key", "dead_key", "open_key", "due_at"),
    *("tenant", "event_type", "payload_id", "payload_versions", "status", "generation"),
    *("claimable_at", "owner", "message_id", "attempt_number", "attempt_count", "attempts"),
    *("replays", "process_at", "updated_at", "expires_at"),
)


def read_pages(*, page_size: int) -> Iterator[list[connection.Item]]:
    """Yield all items of the table without their payloads, each as it is at that moment.

    A page has ``page_size`` items at most. What is there from before the first page until after
    the last is met exactly once.
    """
    placeholders = {f"#{position}": name for position, name in enumerate(_NAMES)}
    start: dict[str, connection.Item] = {}
    while True:
        answer = connection.call(
            "scan",
            deadline_seconds=_DEADLINE_SECONDS,
            TableName=TABLE,
            ProjectionExpression=", ".join(placeholders),
            ExpressionAttributeNames=placeholders,
            ConsistentRead=True,
            Limit=min(page_size, _PAGE_ITEMS),
            **start,
        )
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def estimate_items() -> int:
    """Return how many items there were some hours ago, as DynamoDB tells."""
    answer = connection.call("describe_table", deadline_seconds=5.0, TableName=TABLE)
    return int(answer["Table"]["ItemCount"])
