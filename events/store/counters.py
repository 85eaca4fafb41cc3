"""Counters in the platform table: a tenant's minutes and days, an item for each process's part.

An item holds absolute values and is replaced by later ones only, so that writing it again, or
late, changes nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from django.conf import settings

from events import clock
from events.counts import DAY_SECONDS, MINUTE_SECONDS, CountedPeriod, Counts
from events.store import connection, platform_table, statements

_KINDS = {MINUTE_SECONDS: "minute", DAY_SECONDS: "day"}
# A day is kept as long as any event that was accepted in it.
_KEPT_SECONDS = {
    MINUTE_SECONDS: 2 * DAY_SECONDS,
    DAY_SECONDS: (settings.RETENTION_DAYS + 2) * DAY_SECONDS,
}
_TENANTS = "counted-tenant"
# A page is 1 MB. More parts than these hold come of hundreds of processes.
_PAGES = 16


@dataclass(frozen=True, slots=True)
class CountedPeriods:
    """The parts of a tenant's periods by time; ``is_complete`` is False if there were too many.

    ``stored_at`` is when any of them was last written, in microseconds.
    """

    periods: tuple[CountedPeriod, ...]
    stored_at: int
    is_complete: bool


def put(period: CountedPeriod) -> None:
    """Store what a process counted, unless something later is there; safe to repeat."""
    expires_at = period.starts_at + _KEPT_SECONDS[period.span_seconds]
    types = {name: counts.to_raw() for name, counts in period.types.items()}
    item = {
        "kind": statements.text(_kind(period.span_seconds, period.tenant)),
        "name": statements.text(f"{_time_text(period.starts_at)}#{period.number:016x}"),
        "counts": statements.text(orjson.dumps(types).decode()),
        "size": statements.number(period.size),
        "stored_at": statements.number(clock.now_microseconds()),
        "expires_at": statements.number(expires_at),
    }
    platform_table.put_unless_smaller(item)


def put_tenant(tenant: str, *, seen_at: int) -> None:
    """Remember that a tenant has counters; safe to repeat."""
    item = {
        "kind": statements.text(_TENANTS),
        "name": statements.text(tenant),
        "expires_at": statements.number(seen_at + _KEPT_SECONDS[DAY_SECONDS]),
    }
    connection.call(
        "put_item",
        deadline_seconds=platform_table.DEADLINE_SECONDS,
        TableName=platform_table.TABLE,
        Item=item,
    )


def read(tenant: str, *, span_seconds: int, since: int, until: int) -> CountedPeriods:
    """Return the parts of a tenant's periods that begin in a time, ends included.

    Takes one query, and one more per megabyte: about 5,000 parts.
    """
    kind = _kind(span_seconds, tenant)
    # "~" sorts after every number of a part.
    names = (_time_text(since), f"{_time_text(until)}~")
    periods: list[CountedPeriod] = []
    stored_at, is_complete = 0, False
    for page, is_last in platform_table.read_pages(kind, *names, limit=_PAGES):
        periods += [_to_period(raw, tenant, span_seconds) for raw in page]
        stored_at = max([stored_at, *(_stored_at(raw) for raw in page)])
        is_complete = is_last
    return CountedPeriods(tuple(periods), stored_at, is_complete)


def read_tenants() -> tuple[str, ...]:
    """Return the tenants that something was counted of while events are kept."""
    pages = platform_table.read_pages(_TENANTS, " ", "\U0010ffff", limit=_PAGES)
    return tuple(raw["name"]["S"] for page, _ in pages for raw in page)


def _stored_at(raw: connection.Item) -> int:
    # Earlier versions did not say, and have not written for long.
    return int(raw["stored_at"]["N"]) if "stored_at" in raw else 0


def _to_period(raw: connection.Item, tenant: str, span_seconds: int) -> CountedPeriod:
    starts_at, _, number = raw["name"]["S"].partition("#")
    types = orjson.loads(raw["counts"]["S"])
    return CountedPeriod(
        tenant=tenant,
        span_seconds=span_seconds,
        starts_at=int(datetime.fromisoformat(starts_at).timestamp()),
        number=int(number, 16),
        types={name: Counts.read(counts) for name, counts in types.items()},
    )


def _kind(span_seconds: int, tenant: str) -> str:
    return f"{_KINDS[span_seconds]}#{tenant}"


def _time_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")
