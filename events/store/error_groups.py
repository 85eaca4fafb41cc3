"""Error groups in the platform table: an item for each, under its tenant and fingerprint.

Whoever counts adds to what is there, on condition that it is still so, and leaves its name and
the number of its part: a part whose answer was lost is found there, and not counted twice.
"""

import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from django.conf import settings

from events import clock
from events.error_group import ErrorGroup
from events.errors import EventError, StoreUnavailable
from events.store import codec, connection, statements
from events.store.models import EventItem, PlatformItem
from events.store.parallel import at_once

_TABLE = PlatformItem.Meta.table_name
_KIND = "error-group"
_DEADLINE_SECONDS = 3.0
# A page is 1 MB, some 1,500 groups. More come of types that nobody bounds.
_PAGES = 8
# Of those who counted last: each may come back once more with a part that is counted already.
_WRITERS_KEPT = 16
# Others may write a group at the same moment: each round waits a little longer, up to so much.
_ROUNDS = 8
_STEP_SECONDS = 0.02
_TIMES = ("first_seen_at", "last_seen_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one process has to add to a group; ``number`` grows with each part of a writer."""

    group: ErrorGroup
    writer: str
    number: int


@dataclass(frozen=True, slots=True)
class _Stored:
    group: ErrorGroup
    writers: Mapping[str, int]


def add_all(parts: Sequence[Part]) -> list[Part]:
    """Add the parts, each of another group, and return those that the store did not take.

    Costs a read and a write for each; safe to repeat with what is returned.
    """
    left = list(parts)
    for round_number in range(_ROUNDS):
        time.sleep(random.uniform(0, round_number * _STEP_SECONDS))  # noqa: S311  # jitter
        left = _add_all(left)
        if not left:
            break
    return left


def read(tenant: str, fingerprint: str) -> ErrorGroup | None:
    """Return a group, one read; None if there is none, or if it has expired."""
    raw = _get(tenant, fingerprint)
    return None if raw is None or _is_expired(raw) else _read(raw).group


def read_all(tenant: str) -> tuple[list[ErrorGroup], bool]:
    """Return a tenant's groups, and whether these are all; a query for each megabyte."""
    groups: list[ErrorGroup] = []
    start: dict[str, connection.Item] = {}
    for _ in range(_PAGES):
        answer = connection.call(
            "query",
            deadline_seconds=_DEADLINE_SECONDS,
            TableName=_TABLE,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": statements.text(_kind(tenant))},
            **start,
        )
        groups += [_read(raw).group for raw in answer["Items"] if not _is_expired(raw)]
        if "LastEvaluatedKey" not in answer:
            return groups, True
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return groups, False


def erase_messages(item: EventItem) -> None:
    """Take the messages of an event's errors off the groups that have them from this event."""
    fingerprints = {each.error_fingerprint for each in (item.attempts or {}).values()}
    for fingerprint in sorted(filter(None, fingerprints)):
        _erase_message(item, fingerprint)


def _erase_message(item: EventItem, fingerprint: str) -> None:
    for _ in range(_ROUNDS):
        raw = _get(item.tenant, fingerprint)
        known = None if raw is None else _read(raw)
        if raw is None or known is None or known.group.example_event_id != item.event_id:
            return
        erased = _write(replace(known.group, message=""), known.writers)
        write = _update(known.group, raw, {"group": statements.text(erased)})
        with suppress(connection.ConditionFailed):
            connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
            return
    raise StoreUnavailable(f"others keep changing error group {fingerprint}")


def _add_all(parts: Sequence[Part]) -> list[Part]:
    """Try once, and return the parts that are not counted yet."""
    found = at_once(lambda part: _get(part.group.tenant, part.group.fingerprint), parts)
    stored = [None if raw is None or _is_expired(raw) else _read(raw) for raw in found]
    open_parts = [
        (part, raw, known)
        for part, raw, known in zip(parts, found, stored, strict=True)
        if known is None or known.writers.get(part.writer, 0) < part.number
    ]
    writes = [_statement(part, raw, known) for part, raw, known in open_parts]
    outcomes = connection.execute_all(writes, deadline_seconds=_DEADLINE_SECONDS)
    return [
        part
        for (part, _, _), outcome in zip(open_parts, outcomes, strict=True)
        if isinstance(outcome, EventError)
    ]


def _statement(
    part: Part, raw: connection.Item | None, known: _Stored | None
) -> connection.Statement:
    group = part.group if known is None else known.group.with_more(part.group)
    others = {} if known is None else known.writers
    # The newest first, so that the oldest are left out.
    writers = {part.writer: part.number} | {
        name: number for name, number in others.items() if name != part.writer
    }
    values = {
        "group": statements.text(_write(group, writers)),
        "size": statements.number(group.failed_attempts),
        "expires_at": statements.number(_expires_at(group)),
    }
    kind, name = _kind(group.tenant), group.fingerprint
    key = f"{kind}/{name}"
    if raw is None:
        item = {"kind": statements.text(kind), "name": statements.text(name), **values}
        return statements.insert(_TABLE, item, key=key, size_bytes=len(values["group"]["S"]))
    return _update(group, raw, values)


def _update(
    group: ErrorGroup, raw: connection.Item, values: Mapping[str, connection.Value]
) -> connection.Statement:
    """Return the write that changes a group if it is still as it was read."""
    kind, name = _kind(group.tenant), group.fingerprint
    where = [
        ("kind", statements.EQUALS, statements.text(kind)),
        ("name", statements.EQUALS, statements.text(name)),
        ("group", statements.EQUALS, raw["group"]),
    ]
    return statements.update(_TABLE, key=f"{kind}/{name}", where=where, values=values)


def _get(tenant: str, fingerprint: str) -> connection.Item | None:
    answer = connection.call(
        "get_item",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=_TABLE,
        Key={"kind": statements.text(_kind(tenant)), "name": statements.text(fingerprint)},
        ConsistentRead=True,
    )
    item: connection.Item | None = answer.get("Item")
    return item


def _write(group: ErrorGroup, writers: Mapping[str, int]) -> str:
    document: dict[str, Any] = {
        name: codec.to_text(value) if isinstance(value, datetime) else value
        for name, value in asdict(group).items()
        if name not in ("tenant", "fingerprint")
    }
    document["writers"] = dict(islice(writers.items(), _WRITERS_KEPT))
    return orjson.dumps(document).decode()


def _read(raw: connection.Item) -> _Stored:
    document: dict[str, Any] = orjson.loads(raw["group"]["S"])
    writers = document.pop("writers")
    document |= {name: datetime.fromisoformat(document[name]) for name in _TIMES}
    group = ErrorGroup(
        tenant=raw["kind"]["S"].partition("#")[2],
        fingerprint=raw["name"]["S"],
        **document,
    )
    return _Stored(group, writers)


def _expires_at(group: ErrorGroup) -> int:
    """Keep a group as long as the events that it was last seen on, and a day more."""
    return int(group.last_seen_at.timestamp()) + (settings.RETENTION_DAYS + 1) * 86_400


def _is_expired(raw: connection.Item) -> bool:
    return int(raw["expires_at"]["N"]) * 1_000_000 <= clock.now_microseconds()


def _kind(tenant: str) -> str:
    return f"{_KIND}#{tenant}"
