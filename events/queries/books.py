"""The ledger: what was counted as accepted, beside what the store holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from events.audit import Account, DayOfBooks
from events.counts import DAY_SECONDS, OTHER_TYPES
from events.store import counters

# An event is counted moments after it was received, maybe on the next day.
_MIDNIGHT = timedelta(minutes=1)
_COUNTERS_KEPT = timedelta(days=settings.RETENTION_DAYS + 2)

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AcceptedCounts:
    """How many events were counted as accepted, by tenant, type and day."""

    counts: Counter[tuple[str, str, date]]
    is_complete: bool


def read_accepted(now: datetime, tenants: Iterable[str]) -> AcceptedCounts:
    """Read the counters of all days that are kept; a query for each tenant and megabyte."""
    counts: Counter[tuple[str, str, date]] = Counter()
    is_complete = True
    for tenant in tenants:
        found = counters.read(
            tenant,
            span_seconds=DAY_SECONDS,
            since=int((now - _COUNTERS_KEPT).timestamp()),
            until=int(now.timestamp()),
        )
        is_complete = is_complete and found.is_complete
        for period in found.periods:
            day = datetime.fromtimestamp(period.starts_at, UTC).date()
            for event_type, counted in period.types.items():
                if counted.accepted:
                    counts[tenant, event_type, day] += counted.accepted
    return AcceptedCounts(counts, is_complete)


class Books:
    """Takes note of stored events, and closes the accounts.

    Counters are read before the store: what was counted by then is met in the store, or is gone.
    ``since`` is the first day of which nothing can have expired yet.
    """

    def __init__(self, accepted: AcceptedCounts, *, now: datetime, since: date | None) -> None:
        self._accepted = accepted
        self._now = now
        # Events of the day on which the retention begins have expired in part.
        first = (now - timedelta(days=settings.RETENTION_DAYS)).date() + timedelta(days=1)
        self._first_live = first if since is None else max(first, since)
        self._first_live_at = datetime.combine(self._first_live, time(), UTC)
        self._stored: Counter[tuple[str, str, date]] = Counter()
        # Received so shortly before the first live day that they may be counted on it.
        self._edge: Counter[_Key] = Counter()
        # Received after the counters were read.
        self._newer: Counter[_Key] = Counter()

    def note(self, tenant: str, event_type: str, received_at: datetime) -> None:
        """Take note of an event that is in the store, expired or not."""
        self._stored[tenant, event_type, received_at.date()] += 1
        if self._first_live_at - _MIDNIGHT <= received_at < self._first_live_at:
            self._edge[tenant, event_type] += 1
        if received_at > self._now:
            self._newer[tenant, event_type] += 1

    def close_days(self) -> list[DayOfBooks]:
        accepted, stored = _by_day(self._accepted.counts), _by_day(self._stored)
        return [
            DayOfBooks(
                day=day,
                accepted=accepted[day],
                stored=stored[day],
                expired=max(0, accepted[day] - stored[day]) if day < self._first_live else 0,
            )
            for day in sorted(accepted.keys() | stored.keys())
        ]

    def close_accounts(self) -> list[Account]:
        """Balance what was accepted of each type, or of each tenant with too many types."""
        mixed = {tenant for tenant, name, _ in self._accepted.counts if name == OTHER_TYPES}
        accepted = self._split(self._accepted.counts, mixed)
        stored = self._split(self._stored, mixed)
        edge, newer = _merge(self._edge, mixed), _merge(self._newer, mixed)
        return [
            self._balance(key, accepted[key], stored[key], edge=edge[key], newer=newer[key])
            for key in sorted(accepted.keys() | stored.keys())
        ]

    def _split(
        self, counts: Counter[tuple[str, str, date]], mixed: set[str]
    ) -> defaultdict[_Key, "_Split"]:
        found: defaultdict[_Key, _Split] = defaultdict(_Split)
        for (tenant, event_type, day), count in counts.items():
            split = found[_key(tenant, event_type, mixed)]
            if day < self._first_live:
                split.old += count
            else:
                split.live += count
        return found

    def _balance(
        self, key: _Key, accepted: "_Split", stored: "_Split", *, edge: int, newer: int
    ) -> Account:
        lost = 0
        if self._accepted.is_complete:
            lost = max(0, accepted.live - stored.live - edge)
        expired = max(0, accepted.old - stored.old)
        uncounted = stored.total + expired + lost - accepted.total - newer
        return Account(
            tenant=key[0],
            event_type=key[1] or None,
            accepted=accepted.total,
            stored=stored.total,
            expired=expired,
            lost=lost,
            uncounted=max(0, uncounted),
        )


@dataclass(slots=True)
class _Split:
    """How many are of days that may have expired, and how many of days that have not."""

    old: int = 0
    live: int = 0

    @property
    def total(self) -> int:
        return self.old + self.live


def _by_day(counts: Counter[tuple[str, str, date]]) -> Counter[date]:
    found: Counter[date] = Counter()
    for (_, _, day), count in counts.items():
        found[day] += count
    return found


def _merge(counts: Counter[_Key], mixed: set[str]) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for (tenant, event_type), count in counts.items():
        found[_key(tenant, event_type, mixed)] += count
    return found


def _key(tenant: str, event_type: str, mixed: set[str]) -> _Key:
    return (tenant, "" if tenant in mixed else event_type)
