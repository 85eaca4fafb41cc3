"""How many shards the indexes are spread over: remembered in the platform table, only raised.

A process that starts with larger ``SHARDS`` raises the count for all.
"""

import time
from contextlib import suppress

from django.conf import settings

from events.errors import StoreThrottled, StoreUnavailable
from events.store import connection, statements
from events.store.models import PlatformItem

_KIND = "setting"
_NAME = "shards"
_REFRESH_SECONDS = 60.0
_READ_DEADLINE_SECONDS = 2.0

_count = 0
_read_at = 0.0


def shard_count() -> int:
    """Return the number of shards, at most a minute old."""
    global _count, _read_at  # noqa: PLW0603  # a cache, one per process
    if not _count:
        _count = raise_shard_count(settings.SHARDS)
        _read_at = time.monotonic()
    elif time.monotonic() - _read_at > _REFRESH_SECONDS:
        _read_at = time.monotonic()
        # What is known stays good while the store is away: the count changes once in years.
        with suppress(StoreUnavailable, StoreThrottled):
            _count = _read() or _count
    return _count


def read_shard_count() -> int:
    """Return the number of shards as it is now; one read.

    A reader that goes by an older count does not see what a writer has put into a new shard.
    """
    return _read(deadline_seconds=_READ_DEADLINE_SECONDS) or shard_count()


def read_recorded_count() -> int:
    """Return the number that is recorded, and 0 if none is; one read."""
    return _read(deadline_seconds=_READ_DEADLINE_SECONDS)


def raise_shard_count(count: int) -> int:
    """Record at least ``count`` shards and return how many there are now."""
    current = _read()
    if current >= count:
        return current
    key = f"{_KIND}/{_NAME}"
    table = PlatformItem.Meta.table_name
    where = [
        ("kind", statements.EQUALS, statements.text(_KIND)),
        ("name", statements.EQUALS, statements.text(_NAME)),
    ]
    values = {"count": statements.number(count)}
    if current:
        where.append(("count", statements.AT_MOST, statements.number(count)))
        write = statements.update(table, key=key, where=where, values=values)
    else:
        item = {"kind": statements.text(_KIND), "name": statements.text(_NAME), **values}
        write = statements.insert(table, dict(item), key=key, size_bytes=0)
    try:
        connection.execute(write, deadline_seconds=5)
    except connection.ConditionFailed:
        # Somebody else recorded a count at the same moment: theirs counts.
        return _read()
    return count


def _read(*, deadline_seconds: float = 0.0) -> int:
    answer = connection.call(
        "get_item",
        deadline_seconds=deadline_seconds,
        TableName=PlatformItem.Meta.table_name,
        Key={"kind": {"S": _KIND}, "name": {"S": _NAME}},
        ConsistentRead=True,
    )
    return int(answer.get("Item", {}).get("count", {"N": "0"})["N"])
