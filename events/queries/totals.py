"""Adding up what processes counted."""

from collections.abc import Iterable
from dataclasses import dataclass

from events.counts import OTHER_TYPES, TYPES_PER_TENANT, CountedPeriod, Counts


@dataclass(frozen=True, slots=True)
class TypeCounts:
    """Counts by event type; ``others`` is what was counted beyond the types that are told apart."""

    known: dict[str, Counts]
    others: Counts


def by_type(periods: Iterable[CountedPeriod]) -> TypeCounts:
    """Add up by type, and keep the most frequent types apart."""
    found: dict[str, Counts] = {}
    for period in periods:
        for event_type, counts in period.types.items():
            found.setdefault(event_type, Counts()).add(counts)
    others = found.pop(OTHER_TYPES, Counts())
    ordered = sorted(found, key=lambda name: found[name].size, reverse=True)
    for name in ordered[TYPES_PER_TENANT:]:
        # Each process has types of its own, so that together they may have more.
        others.add(found.pop(name))
    return TypeCounts(known=found, others=others)


def by_minute(periods: Iterable[CountedPeriod]) -> dict[int, Counts]:
    """Add up by when the periods began."""
    found: dict[int, Counts] = {}
    for period in periods:
        total = found.setdefault(period.starts_at, Counts())
        for counts in period.types.values():
            total.add(counts)
    return found
