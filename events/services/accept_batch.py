"""Accepting many events at once: each for itself, and all in few calls."""

from collections.abc import Iterable, Mapping, Sequence

from events import clock, counters, timings, tracing
from events.dispatch import dispatcher
from events.errors import EventError, Retryable
from events.event import Acceptance, NewEvent
from events.services.accept import acceptance, insert, is_due, is_same_put, refuse_other_event
from events.services.new_items import new_item
from events.store import batches, events
from events.store.connection import ConditionFailed
from events.store.models import EventItem
from events.store.shards import shard_count

# By event id: the event that is stored there, or why none is.
_Holders = dict[str, EventItem | EventError]


def accept_events(new_events: Sequence[NewEvent], *, tenant: str) -> list[Acceptance | EventError]:
    """Store events durably, then queue them; return each one's acceptance or error, in order.

    Errors are those of ``accept_event``. Of events with one idempotency key, the first is stored.
    """
    received_at = clock.now()
    try:
        shards = shard_count()
        drafts = [
            new_item(event, tenant=tenant, received_at=received_at, shards=shards)
            for event in new_events
        ]
    except Retryable as error:
        return [error] * len(new_events)
    firsts: dict[str, EventItem] = {}
    payloads: dict[str, str] = {}
    for event, draft in zip(new_events, drafts, strict=True):
        if firsts.setdefault(draft.event_id, draft) is draft:
            payloads[draft.event_id] = event.payload_json
    holders = _store(firsts, payloads)
    outcomes = [_outcome(draft, holders) for draft in drafts]
    # At once: a process that is killed in between has not counted.
    for outcome in outcomes:
        if isinstance(outcome, Acceptance):
            counters.count_accepted(outcome)
    tracing.describe(events=len(outcomes), tenant=tenant)
    _dispatch([item for item in firsts.values() if holders[item.event_id] is item], tenant)
    return outcomes


def _store(items: Mapping[str, EventItem], payloads: Mapping[str, str]) -> _Holders:
    """Store new events, large payloads first; no two of them have one id."""
    holders: _Holders = dict(items)
    large = [(item, payloads[item.event_id]) for item in items.values() if item.payload_id]
    holders |= batches.put_payloads(large)
    ready = [item for item in items.values() if holders[item.event_id] is item]
    refusals = batches.insert_all(ready)
    holders |= refusals
    taken = [items[each] for each, error in refusals.items() if isinstance(error, ConditionFailed)]
    holders |= _find_holders(taken)
    return holders


def _find_holders(items: Sequence[EventItem]) -> _Holders:
    """Return what stands where these items did not fit."""
    if not items:
        return {}
    try:
        found = batches.read_holders([item.event_id for item in items])
    except Retryable as error:
        return {item.event_id: error for item in items}
    return {item.event_id: _settle(item, found.get(item.event_id)) for item in items}


def _settle(item: EventItem, holder: EventItem | None) -> EventItem | EventError:
    if holder is None or events.is_expired(holder):
        # Rare, so one by one: the place is free again, or has to be made so.
        return _insert(item)
    return item if is_same_put(holder, item) else holder


def _insert(item: EventItem) -> EventItem | EventError:
    try:
        return insert(item) or item
    except EventError as error:
        return error


def _outcome(draft: EventItem, holders: _Holders) -> Acceptance | EventError:
    holder = holders[draft.event_id]
    if isinstance(holder, EventError):
        return holder
    if holder is draft:
        return acceptance(draft, is_repeat=False)
    try:
        return acceptance(refuse_other_event(holder, draft), is_repeat=True)
    except EventError as error:
        return error


@timings.spent_in("queue")
def _dispatch(stored: Iterable[EventItem], tenant: str) -> None:
    due = [item.event_id for item in stored if is_due(item)]
    if due:
        # What the queue does not take is durable and in the open index: recovery dispatches it.
        dispatcher().send_all(due, generation=1, tenant=tenant)
