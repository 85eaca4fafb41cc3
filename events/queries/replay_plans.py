"""Reading replay plans, and what one would do before anybody makes it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from events import clock
from events.errors import EmptyReplayFilter, ReplayPlanNotFound
from events.event import Event, Status
from events.queries.event_filter import EventFilter
from events.queries.lanes import find_lanes, is_indexed
from events.queries.listing import EventPage, list_events, span_of
from events.replay_plan import Estimate, ReplayPlan
from events.store import listing, replay_plans
from events.store.parallel import at_once
from events.store.shards import read_shard_count

LISTED_LIMIT = 100
# Somebody waits for the answer; where it is not all counted by then, it is said to be more.
_COUNTING_SECONDS = 3.0
_COUNTED_LIMIT = 1_000_000
_SAMPLE = 5
_ENTRIES_AT_ONCE = 1_000
_EVENTS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPreview:
    """What a plan would replay: how many events, and the first of them."""

    event_filter: EventFilter
    estimate: Estimate
    sample: tuple[Event, ...]


def get_replay_plan(plan_id: str, *, tenant: str) -> ReplayPlan:
    """Return a plan as it is now; raises ReplayPlanNotFound."""
    plan = replay_plans.read(tenant, plan_id)
    if plan is None:
        raise ReplayPlanNotFound(f"There is no replay plan {plan_id}.")
    return plan


def list_replay_plans(*, tenant: str) -> list[ReplayPlan]:
    """Return a tenant's plans, the newest first, LISTED_LIMIT at most."""
    plans = {each.plan_id: each for each in replay_plans.read_open(tenant)}
    # Read last: one that is put away meanwhile is seen here, at least.
    settled = replay_plans.read_settled(tenant, limit=LISTED_LIMIT)
    plans |= {each.plan_id: each for each in settled}
    return sorted(plans.values(), key=lambda each: each.plan_id, reverse=True)[:LISTED_LIMIT]


def list_replay_plans_of(*, tenants: Sequence[str]) -> list[ReplayPlan]:
    """Return the plans of several tenants, as ``list_replay_plans`` does of one."""
    found = at_once(lambda tenant: list_replay_plans(tenant=tenant), tenants)
    plans = [plan for each in found for plan in each]
    return sorted(plans, key=lambda each: each.plan_id, reverse=True)[:LISTED_LIMIT]


def list_open_replay_plans() -> list[ReplayPlan]:
    """Return the plans of all tenants that workers have to look at; one query."""
    return replay_plans.read_open()


def preview_replay(*, tenant: str, event_filter: EventFilter) -> ReplayPreview:
    """Count what a plan would replay, for some seconds at most; raises EmptyReplayFilter."""
    meant = bound_filter(event_filter)
    # Where each event has to be looked at, looking for the first finds many.
    limit = _SAMPLE if is_indexed(meant) else _EVENTS_AT_ONCE
    first = list_events(tenants=[tenant], event_filter=meant, after="", limit=limit)
    if is_indexed(meant):
        estimate = _count_entries(tenant, meant)
    else:
        estimate = _count_events(tenant, meant, first)
    sample = first.events[::-1][:_SAMPLE]
    return ReplayPreview(event_filter=meant, estimate=estimate, sample=sample)


def bound_filter(event_filter: EventFilter) -> EventFilter:
    """Return a filter as a plan takes it: dead events unless it says otherwise, and no new ones.

    Raises EmptyReplayFilter for one that means everything: nobody means that.
    """
    if not replace(event_filter, event_types=()).to_dict():
        raise EmptyReplayFilter("The filter is empty.")
    status = event_filter.status or Status.DEAD
    if not status.is_terminal:
        raise ValueError(f"only terminal events are replayed, not {status} ones")
    now = clock.now()
    before = min(now, event_filter.received_before or now)
    return replace(event_filter, status=status, received_before=before)


def _count_entries(tenant: str, event_filter: EventFilter) -> Estimate:
    """Count where each entry of an index is an event that is meant: no event is read."""
    (lanes,) = find_lanes([tenant], event_filter, read_shard_count())
    span = span_of(event_filter, None, "")
    keys = listing.read_sort_keys(lanes, span, page_size=_ENTRIES_AT_ONCE)
    ends_at = time.monotonic() + _COUNTING_SECONDS
    count = 0
    while chunk := list(islice(keys, _ENTRIES_AT_ONCE)):
        count += len(chunk)
        if count >= _COUNTED_LIMIT or time.monotonic() >= ends_at:
            return Estimate(count=count, is_exact=next(keys, None) is None)
    return Estimate(count=count, is_exact=True)


def _count_events(tenant: str, event_filter: EventFilter, page: EventPage) -> Estimate:
    """Count by looking at each event that may be meant, from the first page on."""
    ends_at = time.monotonic() + _COUNTING_SECONDS
    count = len(page.events)
    while page.next_key is not None:
        if time.monotonic() >= ends_at:
            return Estimate(count=count, is_exact=False)
        page = list_events(
            tenants=[tenant], event_filter=event_filter, after=page.next_key, limit=_EVENTS_AT_ONCE
        )
        count += len(page.events)
    return Estimate(count=count, is_exact=True)
