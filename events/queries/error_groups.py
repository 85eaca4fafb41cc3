"""Looking through error groups: those of a tenant are read whole, and ordered here.

There are as many as there are kinds of failures, not as many as there are failed events.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from events.api_key import matches_any
from events.error_group import ErrorGroup, GroupOrder
from events.errors import ErrorGroupNotFound
from events.queries.listing import TENANTS_LIMIT
from events.store import codec
from events.store import error_groups as store
from events.store.parallel import at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroupPage:
    """Some error groups; ``next_key`` is where the list goes on, None at its end.

    ``is_complete`` is False if a tenant has more groups than are looked at, some 12,000.
    """

    groups: tuple[ErrorGroup, ...]
    next_key: str | None
    is_complete: bool


def list_error_groups(
    *,
    tenants: Sequence[str],
    event_types: Sequence[str] = (),
    order: GroupOrder = GroupOrder.NEWEST,
    after: str | None = None,
    limit: int,
) -> ErrorGroupPage:
    """Return the groups of these types (or patterns; none means all) behind a place in the list.

    Takes a query for each tenant and megabyte. A group that is seen once more while somebody pages
    moves towards the front. Raises StoreUnavailable or StoreThrottled.
    """
    if not 0 < len(tenants) <= TENANTS_LIMIT:
        raise ValueError(f"list_error_groups takes 1 to {TENANTS_LIMIT} tenants")
    found = at_once(store.read_all, dict.fromkeys(tenants))
    places = {
        _place(group, order): group
        for groups, _ in found
        for group in groups
        if not event_types or matches_any(group.event_type, event_types)
    }
    behind = sorted((each for each in places if after is None or each < after), reverse=True)
    shown = behind[:limit]
    return ErrorGroupPage(
        groups=tuple(places[each] for each in shown),
        next_key=shown[-1] if len(behind) > limit else None,
        is_complete=all(are_all for _, are_all in found),
    )


def get_error_group(fingerprint: str, *, tenant: str) -> ErrorGroup:
    """Return a group, one read; raises ErrorGroupNotFound."""
    group = store.read(tenant, fingerprint)
    if group is None:
        raise ErrorGroupNotFound(f"There is no error group {fingerprint}.")
    return group


def _place(group: ErrorGroup, order: GroupOrder) -> str:
    """Return what a list is sorted by, backwards; no two groups have the same."""
    seen = codec.to_text(group.last_seen_at)
    rank = f"{group.deaths:020}#{seen}" if order is GroupOrder.MOST else seen
    return f"{rank}#{group.tenant}#{group.fingerprint}"
