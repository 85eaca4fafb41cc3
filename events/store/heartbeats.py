"""Workers' heartbeats in the platform table: who works, on what version, and since when silent."""

from events.event import WorkerSeen
from events.store import codec, connection, statements
from events.store.models import PlatformItem

_TABLE = PlatformItem.Meta.table_name
_KIND = "worker"
# A worker that is gone is shown as silent for so long; DynamoDB deletes it later still.
KEPT_SECONDS = 3_600
_DEADLINE_SECONDS = 1.0


def put(worker: WorkerSeen) -> None:
    """Store that a worker lives, in one write unit; safe to repeat."""
    item = {
        "kind": statements.text(_KIND),
        "name": statements.text(worker.name),
        "host": statements.text(worker.host),
        "version": statements.text(worker.version),
        "active": statements.number(worker.active),
        "seen_at": statements.number(codec.to_microseconds(worker.seen_at)),
        "expires_at": statements.number(int(worker.seen_at.timestamp()) + KEPT_SECONDS),
    }
    connection.call("put_item", deadline_seconds=_DEADLINE_SECONDS, TableName=_TABLE, Item=item)


def delete(name: str) -> None:
    """Forget a worker that was stopped."""
    connection.call(
        "delete_item",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=_TABLE,
        Key={"kind": statements.text(_KIND), "name": statements.text(name)},
    )


def read() -> tuple[list[WorkerSeen], bool]:
    """Return the workers that are kept, and whether these are all; one query."""
    answer = connection.call(
        "query",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=_TABLE,
        KeyConditionExpression="#kind = :kind",
        ExpressionAttributeNames={"#kind": "kind"},
        ExpressionAttributeValues={":kind": statements.text(_KIND)},
    )
    return [_to_worker(raw) for raw in answer["Items"]], "LastEvaluatedKey" not in answer


def _to_worker(raw: connection.Item) -> WorkerSeen:
    return WorkerSeen(
        name=raw["name"]["S"],
        host=raw["host"]["S"],
        version=raw["version"]["S"],
        active=int(raw["active"]["N"]),
        seen_at=codec.from_microseconds(int(raw["seen_at"]["N"])),
    )
