"""Which index entries a list goes along to find what its filter means."""

from collections.abc import Iterator, Sequence

from events.event import Status
from events.queries.event_filter import EventFilter
from events.store import codec
from events.store.listing import Lane

# An API key may be for some types only; so many are found by their own entries.
_TYPES_LIMIT = 20


def find_lanes(
    tenants: Sequence[str], event_filter: EventFilter, shards: int
) -> Iterator[list[Lane]]:
    """Yield, for each index that has all events that are meant, where in it they are."""
    types = _indexed_types(event_filter)
    is_dead = event_filter.status is Status.DEAD
    if is_dead:
        yield _lanes("dead", tenants, shards)
    if types:
        prefixes = [f"{tenant}#{name}" for tenant in tenants for name in types]
        yield _lanes("by_type", prefixes, shards)
    if not is_dead and not types:
        yield _lanes("by_time", tenants, shards)


def is_indexed(event_filter: EventFilter) -> bool:
    """Say whether every entry of the index that is gone along is one of those meant."""
    is_dead = event_filter.status is Status.DEAD
    has_types = event_filter.event_type is not None or bool(event_filter.event_types)
    is_by_type = not is_dead and bool(_indexed_types(event_filter))
    return (
        event_filter.source is None
        and event_filter.subject is None
        and event_filter.error_fingerprint is None
        and (is_dead or event_filter.status is None)
        and (is_by_type or not has_types)
    )


def _lanes(index: str, prefixes: Sequence[str], shards: int) -> list[Lane]:
    return [
        Lane(index, codec.shard_key(prefix, shard))
        # No entry must be met twice.
        for prefix in dict.fromkeys(prefixes)
        for shard in range(shards)
    ]


def _indexed_types(event_filter: EventFilter) -> tuple[str, ...]:
    """Return the types whose entries are gone along; none where it has to be all of them."""
    if event_filter.event_type is not None:
        return (event_filter.event_type,)
    types = event_filter.event_types
    has_patterns = any(each.endswith("*") for each in types)
    return () if has_patterns or len(types) > _TYPES_LIMIT else types
