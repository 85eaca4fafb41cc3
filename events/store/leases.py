"""Leases in the platform table: who may do what only one at a time should do."""

from contextlib import suppress

from events import clock
from events.store import connection, statements
from events.store.models import PlatformItem

_KIND = "lease"
_DEADLINE_SECONDS = 3.0

_Values = dict[str, connection.Value]


def acquire(name: str, owner: str, seconds: float) -> bool:
    """Take or extend a lease; False while another owner's has not ended.

    ``lease_ends_at`` alone decides, as for events: one's own lease is extended by a condition on
    the owner, anybody else's is taken by a condition on its end.
    """
    now = clock.now_microseconds()
    ends_at = statements.number(now + int(seconds * 1_000_000))
    values = {"owner": statements.text(owner), "lease_ends_at": ends_at}
    try:
        _update(name, values, ("owner", statements.EQUALS, statements.text(owner)))
    except connection.ConditionFailed as refusal:
        return _take_over(name, values, refusal.item, now=now)
    return True


def release(name: str, owner: str) -> None:
    """Give a lease back; nothing happens if it is somebody else's."""
    condition = ("owner", statements.EQUALS, statements.text(owner))
    values = {"owner": statements.text(""), "lease_ends_at": statements.number(0)}
    with suppress(connection.ConditionFailed):
        _update(name, values, condition)


def _take_over(name: str, values: _Values, holder: connection.Item | None, *, now: int) -> bool:
    if holder is not None and int(holder["lease_ends_at"]["N"]) > now:
        return False
    try:
        if holder is None:
            _insert(name, values)
        else:
            _update(name, values, ("lease_ends_at", statements.AT_MOST, statements.number(now)))
    except connection.ConditionFailed:
        # Somebody else was faster.
        return False
    return True


def _update(name: str, values: _Values, condition: tuple[str, str, connection.Value]) -> None:
    where = [
        ("kind", statements.EQUALS, statements.text(_KIND)),
        ("name", statements.EQUALS, statements.text(name)),
        condition,
    ]
    table = PlatformItem.Meta.table_name
    write = statements.update(table, key=_key(name), where=where, values=values)
    connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)


def _insert(name: str, values: _Values) -> None:
    item = {"kind": statements.text(_KIND), "name": statements.text(name), **values}
    table = PlatformItem.Meta.table_name
    write = statements.insert(table, item, key=_key(name), size_bytes=0)
    connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)


def _key(name: str) -> str:
    return f"{_KIND}/{name}"
