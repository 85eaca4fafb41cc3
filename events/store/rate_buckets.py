"""The token bucket of each limited key in the platform table, shared by all processes."""

import math
import random
import time

from events import clock
from events.store import connection, statements
from events.store.models import PlatformItem
from events.token_bucket import RateLimit, Spent, spend

_KIND = "rate_bucket"
_DEADLINE_SECONDS = 0.5
# As many others may be faster, one after the other, before it is given up.
_TRIES = 8
# Losers who all came back at once would meet again.
_LONGEST_WAIT_SECONDS = 0.004
# A bucket that nobody uses is full by then, and so needs no item.
_KEPT_SECONDS = 86_400


def reserve(
    name: str, limit: RateLimit, *, need: int, spare: int, filling_since: int | None
) -> Spent:
    """Take tokens out of the shared bucket: one write, if ``filling_since`` is what it holds.

    The number only grows, so a stale one never refuses what the bucket has. It is compared and set
    as a whole, so a write whose answer was lost is paid twice, and never granted twice. Raises
    StoreThrottled or StoreUnavailable.
    """
    seen = _read(name) if filling_since is None else filling_since
    for _ in range(_TRIES):
        spent = spend(seen or 0, clock.now_microseconds(), limit, need=need, spare=spare)
        if not spent.granted:
            return spent
        write = _write(name, seen=seen, filling_since=spent.filling_since, limit=limit)
        try:
            connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
        except connection.ConditionFailed:
            time.sleep(random.uniform(0, _LONGEST_WAIT_SECONDS))  # noqa: S311  # jitter
            # What stood in the way is old by now, and would lose again.
            seen = _read(name)
        else:
            return spent
    # The bucket is answering, so nobody may go on without it.
    return Spent(filling_since=seen or 0, granted=0, wait_seconds=limit.seconds_for(need))


def _write(
    name: str, *, seen: int | None, filling_since: int, limit: RateLimit
) -> connection.Statement:
    table, key = PlatformItem.Meta.table_name, f"{_KIND}/{name}"
    full_at = filling_since // 1_000_000 + math.ceil(limit.seconds_for(limit.burst))
    names = {"kind": statements.text(_KIND), "name": statements.text(name)}
    values = {
        "filling_since": statements.number(filling_since),
        "expires_at": statements.number(full_at + _KEPT_SECONDS),
    }
    if seen is None:
        return statements.insert(table, {**names, **values}, key=key, size_bytes=0)
    where = [(each, statements.EQUALS, value) for each, value in names.items()]
    where.append(("filling_since", statements.EQUALS, statements.number(seen)))
    return statements.update(table, key=key, where=where, values=values)


def _read(name: str) -> int | None:
    answer = connection.call(
        "get_item",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=PlatformItem.Meta.table_name,
        Key={"kind": {"S": _KIND}, "name": {"S": name}},
        ConsistentRead=True,
    )
    item = answer.get("Item")
    return int(item["filling_since"]["N"]) if item else None
