"""How much there is of what, from counters and bounded looks at indexes; never by a scan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from events import clock
from events.counts import DAY_SECONDS, MINUTE_SECONDS, OTHER_TYPES, Counts
from events.queries.platform_stats import count_entries
from events.queries.totals import TypeCounts, by_minute, by_type
from events.store import codec, counters
from events.store.counters import CountedPeriods
from events.store.shards import shard_count

_HOUR_MINUTES = 60
_MICROSECONDS = 1_000_000
# Processes store what they count every few seconds; older counts are there, or will never be.
_COUNTING_DELAY = timedelta(seconds=10)
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def get_stats(*, tenant: str) -> dict[str, Any]:
    """Return a tenant's totals, its last hour and its dead events.

    Takes a query for its days, one for its last hour, one for each shard of the dead, and more
    only for each further megabyte of counters, however many events there are.
    """
    return {
        "tenant": tenant,
        "totals": get_totals(tenant=tenant),
        "last_hour": _last_hour(tenant),
        "dead": _dead(tenant),
    }


def get_totals(*, tenant: str) -> dict[str, Any]:
    """Return what was counted of a tenant since the events began that are still kept."""
    now = clock.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since -= timedelta(days=settings.RETENTION_DAYS)
    found = counters.read(
        tenant,
        span_seconds=DAY_SECONDS,
        since=int(since.timestamp()),
        until=int(now.timestamp()),
    )
    types = by_type(found.periods)
    total = Counts.sum_of(types.known.values())
    total.add(types.others)
    return {
        **_freshness(found, now),
        "since": since,
        **_show_counts(total),
        "by_status": _by_status(total),
        "by_type": _show_types(types),
    }


def get_counted_tenants() -> tuple[str, ...]:
    """Return the tenants that have counters, for those who may see all."""
    return counters.read_tenants()


def get_shard_count() -> int:
    """Return how many shards the open index has, at most a minute old."""
    return shard_count()


def _last_hour(tenant: str) -> dict[str, Any]:
    now = clock.now()
    this_minute = int(now.timestamp()) // MINUTE_SECONDS * MINUTE_SECONDS
    first = this_minute - (_HOUR_MINUTES - 1) * MINUTE_SECONDS
    found = counters.read(tenant, span_seconds=MINUTE_SECONDS, since=first, until=this_minute)
    counted = by_minute(found.periods)
    starts = range(first, this_minute + 1, MINUTE_SECONDS)
    minutes = [counted.get(each, Counts()) for each in starts]
    total = Counts.sum_of(minutes)
    return {
        **_freshness(found, now),
        "minutes": [datetime.fromtimestamp(each, UTC) for each in starts],
        "accepted": [each.accepted for each in minutes],
        "succeeded": [each.succeeded for each in minutes],
        "failed_attempts": [each.failed_attempts for each in minutes],
        "dead": [each.dead for each in minutes],
        "success_rate": _success_rate(total),
        "accept_to_success_seconds": _latency(total),
    }


def _latency(total: Counts) -> dict[str, Any]:
    # Told from buckets, so within 10 %.
    quantiles = {name: _rounded(total.quantile_seconds(each)) for name, each in _QUANTILES.items()}
    return {**quantiles, "count": total.latency.total(), "is_exact": False}


def _by_status(total: Counts) -> dict[str, int]:
    return {
        "open": total.open,
        "succeeded": total.succeeded - total.replayed_succeeded,
        "dead": total.dead - total.replayed_dead,
    }


def _show_types(types: TypeCounts) -> dict[str, Any]:
    shown = {name: _show_counts(counts) for name, counts in sorted(types.known.items())}
    if types.others.size:
        shown[OTHER_TYPES] = _show_counts(types.others)
    return shown


def _show_counts(counts: Counts) -> dict[str, Any]:
    attempts = counts.succeeded + counts.failed_attempts
    mean = counts.processing_microseconds / attempts / _MICROSECONDS if attempts else None
    longest = counts.longest_microseconds / _MICROSECONDS if attempts else None
    return {
        "accepted": counts.accepted,
        "repeated": counts.repeated,
        "succeeded": counts.succeeded,
        "failed_attempts": counts.failed_attempts,
        "dead": counts.dead,
        "replayed": counts.replayed,
        "recovered": counts.recovered,
        "success_rate": _success_rate(counts),
        "processing_seconds": {"mean": _rounded(mean), "longest": _rounded(longest)},
    }


def _success_rate(counts: Counts) -> float | None:
    """Return which share of the events that ended did so in success."""
    ended = counts.succeeded + counts.dead
    return _rounded(counts.succeeded / ended) if ended else None


def _rounded(number: float | None) -> float | None:
    """Keep as many digits as mean something."""
    return None if number is None else float(f"{number:.4g}")


def _dead(tenant: str) -> dict[str, Any]:
    keys = [codec.shard_key(tenant, shard) for shard in range(shard_count())]
    return {"as_of": clock.now(), **count_entries("dead", "dead_key", keys)}


def _freshness(found: CountedPeriods, now: datetime) -> dict[str, Any]:
    """Say until when all was counted, and whether nothing was counted after that.

    While there is something to count, each process stores it in its own time: what succeeded may
    be there a few seconds before that it was accepted.
    """
    as_of = now - _COUNTING_DELAY
    is_settled = found.stored_at <= as_of.timestamp() * _MICROSECONDS
    return {"as_of": as_of, "is_exact": found.is_complete and is_settled}
