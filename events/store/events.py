"""Every read of an event, and its writes but those of attempts: one conditional statement each."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from events import clock, identity
from events.errors import EventNotFound
from events.store import codec, connection, statements
from events.store.models import EventItem
from events.store.parking import Span

TABLE = EventItem.Meta.table_name
# Ingest answers within its client's patience. A claim that fails costs nothing: its message comes
# back.
ACCEPT_DEADLINE_SECONDS = 3.0
READ_DEADLINE_SECONDS = 2.0
# Whoever asks for these asks again soon; a kept connection that has just been closed is no reason.
_QUICK_DEADLINE_SECONDS = 0.3
CLAIM_DEADLINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An entry of the open index whose time has come."""

    event_id: str
    due_at: int


def insert(item: EventItem) -> None:
    """Store a new event; raises ConditionFailed if its id is taken."""
    connection.execute(insertion(item), deadline_seconds=ACCEPT_DEADLINE_SECONDS)


def insertion(item: EventItem) -> connection.Statement:
    """Return the write that stores a new item unless its key is taken."""
    size_bytes = len(item.payload or "") + len(item.cloudevent or "") + 1_000
    return statements.insert(TABLE, item.serialize(), key=item.event_id, size_bytes=size_bytes)


def put_payload(payload_id: str, payload_json: str, *, expires_at: int) -> None:
    """Store a large payload as an item of its own, or keep the same one for longer."""
    item = EventItem(payload_id, payload=payload_json, expires_at=expires_at)
    try:
        connection.execute(insertion(item), deadline_seconds=ACCEPT_DEADLINE_SECONDS)
    except connection.ConditionFailed:
        # It is there already: from this call, or for the event that an idempotency key stands for.
        keep(payload_id, expires_at=expires_at)


def delete_expired(item: EventItem) -> None:
    """Delete an event that DynamoDB's time to live should have deleted, if it is still there."""
    where = [
        ("event_id", statements.EQUALS, statements.text(item.event_id)),
        ("expires_at", statements.EQUALS, statements.number(int(item.expires_at))),
    ]
    write = statements.delete(TABLE, key=item.event_id, where=where)
    with suppress(connection.ConditionFailed):
        connection.execute(write, deadline_seconds=ACCEPT_DEADLINE_SECONDS)


def read(event_id: str) -> EventItem | None:
    """Read an event as it is now, even if it has expired; None if there is none."""
    raw = _get(event_id)
    # A payload's item has no status: it is no event.
    if raw is None or "status" not in raw:
        return None
    return codec.read_item(raw)


def find(event_id: str, *, tenant: str | None) -> EventItem:
    """Return an event's item as ``read`` does; with ``tenant``, only that tenant's.

    Raises EventNotFound for whatever does not exist for whoever asks.
    """
    item = read(event_id) if identity.is_event_id(event_id) else None
    if item is None or is_expired(item) or tenant not in (None, item.tenant):
        raise EventNotFound(f"There is no event {event_id}.")
    return item


def is_expired(item: EventItem) -> bool:
    """DynamoDB deletes late, by days: what has expired is treated as gone."""
    return int(item.expires_at) * 1_000_000 <= clock.now_microseconds()


def keep(key: str, *, expires_at: int) -> None:
    """Let an event or a large payload live longer; never shorter, and one gone stays so.

    It costs as much as writing the whole item.
    """
    write = keeping(key, expires_at=expires_at)
    with suppress(connection.ConditionFailed):
        connection.execute(write, deadline_seconds=ACCEPT_DEADLINE_SECONDS)


def keeping(key: str, *, expires_at: int) -> connection.Statement:
    """Return the write that lets an item live longer."""
    return statements.update(
        TABLE,
        key=key,
        where=[
            ("event_id", statements.EQUALS, statements.text(key)),
            ("expires_at", statements.AT_MOST, statements.number(expires_at)),
        ],
        values={"expires_at": statements.number(expires_at)},
    )


def read_payload(item: EventItem, *, deadline_seconds: float = READ_DEADLINE_SECONDS) -> str | None:
    """Return the event's payload, with one more read if it is an item of its own."""
    if item.payload_id is None:
        return item.payload
    return read_payload_item(item.payload_id, deadline_seconds=deadline_seconds)


def read_payload_item(
    payload_id: str, *, deadline_seconds: float = READ_DEADLINE_SECONDS
) -> str | None:
    """Return the payload that is an item of its own; None if it is gone."""
    raw = _get(payload_id, deadline_seconds=deadline_seconds)
    payload: str | None = (raw or {}).get("payload", {}).get("S")
    return payload


def due_entries(shard: int, *, limit: int) -> list[DueEntry]:
    """Return the entries of the open index that are due, oldest first."""
    answer = connection.call(
        "query",
        deadline_seconds=_QUICK_DEADLINE_SECONDS,
        TableName=TABLE,
        IndexName="open",
        KeyConditionExpression="open_key = :shard AND due_at <= :now",
        ExpressionAttributeValues={
            ":shard": {"S": str(shard)},
            ":now": statements.number(clock.now_microseconds()),
        },
        Limit=limit,
    )
    return [_to_entry(raw) for raw in answer["Items"]]


def parked_entries(shard: int, span: Span, *, limit: int) -> list[DueEntry]:
    """Return the events that wait in a stretch of the open index, oldest first."""
    answer = connection.call(
        "query",
        deadline_seconds=READ_DEADLINE_SECONDS,
        TableName=TABLE,
        IndexName="open",
        KeyConditionExpression="open_key = :shard AND due_at BETWEEN :first AND :last",
        ExpressionAttributeValues=_values_of(shard, span),
        Limit=limit,
    )
    return [_to_entry(raw) for raw in answer["Items"]]


def count_parked(shard: int, span: Span, *, limit: int) -> int:
    """Count the events that wait in a stretch of the open index, reading at most ``limit``."""
    count: int = connection.call(
        "query",
        deadline_seconds=_QUICK_DEADLINE_SECONDS,
        TableName=TABLE,
        IndexName="open",
        Select="COUNT",
        KeyConditionExpression="open_key = :shard AND due_at BETWEEN :first AND :last",
        ExpressionAttributeValues=_values_of(shard, span),
        Limit=limit,
    )["Count"]
    return count


def postpone(entry: DueEntry, *, due_at: int) -> EventItem | None:
    """Move an entry of the open index on; None if the event moved by itself or by another."""
    write = statements.update(
        TABLE,
        key=entry.event_id,
        where=[
            ("event_id", statements.EQUALS, statements.text(entry.event_id)),
            ("due_at", statements.EQUALS, statements.number(entry.due_at)),
        ],
        values={"due_at": statements.number(due_at)},
        returning=True,
    )
    try:
        raw = connection.execute(write, deadline_seconds=CLAIM_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        if (refusal.item or {}).get("due_at") != statements.number(due_at):
            return None
        # The answer to our own write was lost, and its repetition met it.
        raw = refusal.item
    return None if raw is None else codec.read_item(raw)


def count(index: str, key_name: str, keys: Iterable[str], *, limit: int) -> int:
    """Count the entries of an index under some keys, reading at most ``limit`` of each."""
    return sum(
        connection.call(
            "query",
            deadline_seconds=_QUICK_DEADLINE_SECONDS,
            TableName=TABLE,
            IndexName=index,
            Select="COUNT",
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": key_name},
            ExpressionAttributeValues={":key": {"S": key}},
            Limit=limit,
        )["Count"]
        for key in keys
    )


def _to_entry(raw: connection.Item) -> DueEntry:
    return DueEntry(event_id=raw["event_id"]["S"], due_at=int(raw["due_at"]["N"]))


def _values_of(shard: int, span: Span) -> dict[str, connection.Value]:
    return {
        ":shard": statements.text(str(shard)),
        ":first": statements.number(span.first),
        ":last": statements.number(span.last),
    }


def _get(key: str, *, deadline_seconds: float = READ_DEADLINE_SECONDS) -> connection.Item | None:
    answer = connection.call(
        "get_item",
        deadline_seconds=deadline_seconds,
        TableName=TABLE,
        Key={"event_id": {"S": key}},
        ConsistentRead=True,
    )
    item: connection.Item | None = answer.get("Item")
    return item
