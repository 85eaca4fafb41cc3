"""What the store has of counters, added up."""

from events.counts import MINUTE_SECONDS, Counts
from events.store import counters as stored
from tests.factories import TENANT


def stored_types(span_seconds: int = MINUTE_SECONDS, tenant: str = TENANT) -> dict[str, Counts]:
    """Return what the store has of a tenant, by type."""
    found = stored.read(tenant, span_seconds=span_seconds, since=0, until=2**33)
    assert found.is_complete
    types: dict[str, Counts] = {}
    for period in found.periods:
        for event_type, counts in period.types.items():
            types.setdefault(event_type, Counts()).add(counts)
    return types


def stored_counts(span_seconds: int = MINUTE_SECONDS, tenant: str = TENANT) -> Counts:
    return Counts.sum_of(stored_types(span_seconds, tenant).values())
