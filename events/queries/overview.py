"""What staff see first: the last hour of some tenants together, and what is dead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events import clock
from events.counts import MINUTE_SECONDS, Counts
from events.queries.totals import by_minute, by_type
from events.store import codec, counters, events
from events.store.parallel import at_once
from events.store.shards import shard_count

_MINUTES = 60
# Counting reads every entry, so it stops here and says so.
_DEAD_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHour:
    """Counts of each of the last sixty minutes, this one included, and of each event type."""

    minutes: tuple[datetime, ...]
    counts: tuple[Counts, ...]
    types: Mapping[str, Counts]
    is_exact: bool

    @property
    def total(self) -> Counts:
        return Counts.sum_of(self.counts)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are; not exact means at least so many."""

    count: int
    is_exact: bool


def get_last_hour(*, tenants: Sequence[str]) -> LastHour:
    """Add up what was counted of these tenants; one query each."""
    this_minute = int(clock.now().timestamp()) // MINUTE_SECONDS * MINUTE_SECONDS
    first = this_minute - (_MINUTES - 1) * MINUTE_SECONDS

    def read(tenant: str) -> counters.CountedPeriods:
        return counters.read(tenant, span_seconds=MINUTE_SECONDS, since=first, until=this_minute)

    found = at_once(read, tenants)
    periods = [period for each in found for period in each.periods]
    counted = by_minute(periods)
    starts = range(first, this_minute + 1, MINUTE_SECONDS)
    return LastHour(
        minutes=tuple(datetime.fromtimestamp(each, UTC) for each in starts),
        counts=tuple(counted.get(each, Counts()) for each in starts),
        types=by_type(periods).known,
        is_exact=all(each.is_complete for each in found),
    )


def count_dead(*, tenants: Sequence[str]) -> Counted:
    """Count the dead events of these tenants; one query for each of them and shard."""
    keys = [codec.shard_key(each, shard) for each in tenants for shard in range(shard_count())]
    counts = at_once(lambda key: events.count("dead", "dead_key", [key], limit=_DEAD_LIMIT), keys)
    return Counted(sum(counts), is_exact=max(counts) < _DEAD_LIMIT)
