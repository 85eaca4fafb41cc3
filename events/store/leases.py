"""Leases in the platform table: who may do what only one at a time should do."""

from events import clock
from events.store import connection, statements
from events.store.models import PlatformItem

_KIND = "lease"
_DEADLINE_SECONDS = 3.0


def acquire(name: str, owner: str, seconds: float) -> bool:
    """Take or extend a lease; False while another owner's has not ended.

    ``lease_ends_at`` alone decides, as for events: one's own lease is extended by a condition on
    the owner, anybody else's is taken by a condition on its end.
    """
    now = clock.now_microseconds()
    ends_at = statements.number(now + int(seconds * 1_000_000))
    values = {"owner": statements.text(owner), "lease_ends_at": ends_at}
    own = ("owner", statements.EQUALS, statements.text(owner))
    ended = ("lease_ends_at", statements.AT_MOST, statements.number(now))
    for condition in (own, ended):
        if _update(name, values, condition):
            return True
    return _insert(name, values)


def release(name: str, owner: str) -> None:
    """Give a lease back; nothing happens if it is somebody else's."""
    condition = ("owner", statements.EQUALS, statements.text(owner))
    _update(name, {"owner": statements.text(""), "lease_ends_at": statements.number(0)}, condition)


def _update(
    name: str,
    values: dict[str, connection.Value],
    condition: tuple[str, str, connection.Value],
) -> bool:
    where = [
        ("kind", statements.EQUALS, statements.text(_KIND)),
        ("name", statements.EQUALS, statements.text(name)),
        condition,
    ]
    table = PlatformItem.Meta.table_name
    return _is_taken(statements.update(table, key=_key(name), where=where, values=values))


def _insert(name: str, values: dict[str, connection.Value]) -> bool:
    item = {"kind": statements.text(_KIND), "name": statements.text(name), **values}
    table = PlatformItem.Meta.table_name
    return _is_taken(statements.insert(table, item, key=_key(name), size_bytes=0))


def _is_taken(statement: connection.Statement) -> bool:
    try:
        connection.execute(statement, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed:
        return False
    return True


def _key(name: str) -> str:
    return f"{_KIND}/{name}"
