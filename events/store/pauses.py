"""Pauses in the platform table, and in every process's memory.

A pause is under one kind as long as events may wait for it, and then moves to another, where it
stays until it expires.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

import orjson

from events.errors import StoreThrottled, StoreUnavailable
from events.pause import Pause, Pauses, PauseState
from events.store import connection, statements
from events.store.models import PlatformItem

_TABLE = PlatformItem.Meta.table_name
_LIVE = "pause"
_ENDED = "ended-pause"
_DEADLINE_SECONDS = 3.0
# Whatever is paused or resumed is known everywhere after this.
_REFRESH_SECONDS = 2.0
_TIMES = ("paused_at", "resumed_at", "ended_at")

_known: Pauses | None = None
_read_at = 0.0


def known_pauses() -> Pauses:
    """Return the pauses as they were seconds ago; a read every few seconds, whoever asks.

    Raises StoreUnavailable or StoreThrottled while nothing was ever read.
    """
    global _known, _read_at  # noqa: PLW0603  # a cache, one per process
    now = time.monotonic()
    if _known is None:
        _known, _read_at = Pauses(read_live()), now
    elif now - _read_at > _REFRESH_SECONDS:
        # Others go on with what is known, and so do all while the store is away.
        _read_at = now
        with suppress(StoreUnavailable, StoreThrottled):
            _known = Pauses(read_live(deadline_seconds=0))
    return _known


def forget_known() -> None:
    """Let this process look again at once."""
    global _known  # noqa: PLW0603
    _known = None


def read_live(*, deadline_seconds: float = _DEADLINE_SECONDS) -> list[Pause]:
    """Return the pauses that have not ended, of all tenants; one query."""
    return list(_read_all(_LIVE, deadline_seconds))


def read_ended() -> list[Pause]:
    """Return the pauses that have ended and are still kept, oldest first."""
    return list(_read_all(_ENDED, _DEADLINE_SECONDS))


def insert(pause: Pause) -> bool:
    """Store a new pause; False if there is one of the same events."""
    item = _to_item(pause)
    write = statements.insert(_TABLE, item, key=_key(pause), size_bytes=len(item["pause"]["S"]))
    try:
        connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed:
        # Our own first write may stand in the way, its answer lost. Whoever comes here looks again.
        return False
    return True


def change(before: Pause, after: Pause) -> bool:
    """Store a pause anew; False if it is no longer as it was read."""
    values = {"pause": _write(after)}
    write = statements.update(_TABLE, key=_key(before), where=_as_read(before), values=values)
    try:
        connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        return bool((refusal.item or {}).get("pause") == values["pause"])
    return True


def put_away(before: Pause, after: Pause, *, expires_at: int) -> bool:
    """Move a pause that has ended; False if it is no longer as it was read."""
    item = _to_item(after) | {
        "kind": statements.text(_ENDED),
        "name": statements.text(after.pause_id),
        "expires_at": statements.number(expires_at),
    }
    connection.call("put_item", deadline_seconds=_DEADLINE_SECONDS, TableName=_TABLE, Item=item)
    write = statements.delete(_TABLE, key=_key(before), where=_as_read(before))
    try:
        connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        return refusal.item is None
    return True


def _as_read(pause: Pause) -> list[tuple[str, str, connection.Value]]:
    return [
        ("kind", statements.EQUALS, statements.text(_LIVE)),
        ("name", statements.EQUALS, statements.text(str(pause))),
        ("pause", statements.EQUALS, _write(pause)),
    ]


def _read_all(kind: str, deadline_seconds: float) -> Iterator[Pause]:
    start: dict[str, connection.Item] = {}
    while True:
        answer = connection.call(
            "query",
            deadline_seconds=deadline_seconds,
            TableName=_TABLE,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": statements.text(kind)},
            ConsistentRead=True,
            **start,
        )
        yield from map(read_item, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _to_item(pause: Pause) -> connection.Item:
    return {
        "kind": statements.text(_LIVE),
        "name": statements.text(str(pause)),
        "pause": _write(pause),
    }


def _write(pause: Pause) -> connection.Value:
    return statements.text(orjson.dumps(asdict(pause), option=orjson.OPT_SORT_KEYS).decode())


def read_item(raw: connection.Item) -> Pause:
    """Decode what DynamoDB returned."""
    fields = orjson.loads(raw["pause"]["S"])
    times = {name: fields[name] and datetime.fromisoformat(fields[name]) for name in _TIMES}
    return Pause(**fields | times | {"state": PauseState(fields["state"])})


def _key(pause: Pause) -> str:
    return f"{_LIVE}/{pause}"
