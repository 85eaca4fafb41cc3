"""Accepting an event: stored first, dispatched second."""

from datetime import datetime, timedelta

import structlog

from events import clock, counters, timings, tracing
from events.dispatch import dispatcher
from events.errors import IdempotencyKeyReused, QueueUnavailable, StoreUnavailable
from events.event import Acceptance, NewEvent, Status
from events.services.new_items import LEAD, new_item
from events.services.parking import is_parked
from events.store import codec, erasures, events
from events.store.connection import ConditionFailed
from events.store.models import EventItem
from events.store.shards import shard_count

logger = structlog.get_logger(__name__)

# The place of an expired event is fought for by requests with its key, and each round one wins.
_INSERTS = 3
_MICROSECOND = timedelta(microseconds=1)


def accept_event(
    *,
    event_type: str,
    payload_json: str,
    tenant: str,
    source: str | None = None,
    subject: str | None = None,
    process_at: datetime | None = None,
    idempotency_key: str | None = None,
    cloudevent_json: str | None = None,
) -> Acceptance:
    """Store an event durably, then queue it; once this returns, it will be processed.

    A failing queue does not fail the call: recovery dispatches what is still pending. Raises
    StoreUnavailable, StoreThrottled (nothing acknowledged) or IdempotencyKeyReused.
    """
    event = NewEvent(
        event_type=event_type,
        payload_json=payload_json,
        source=source,
        subject=subject,
        process_at=process_at,
        idempotency_key=idempotency_key,
        cloudevent_json=cloudevent_json,
    )
    item = new_item(event, tenant=tenant, received_at=clock.now(), shards=shard_count())
    if item.payload_id is not None:
        events.put_payload(item.payload_id, payload_json, expires_at=int(item.expires_at))
    earlier = insert(item)
    accepted = acceptance(earlier or item, is_repeat=earlier is not None)
    # At once: a process that is killed in between has not counted.
    counters.count_accepted(accepted)
    tracing.describe(event_id=accepted.event_id, event_type=event_type, tenant=tenant)
    if earlier is None and is_due(item):
        _dispatch(item.event_id, tenant)
    return accepted


def insert(item: EventItem) -> EventItem | None:
    """Store a new event; return the one that its idempotency key stands for already, if any."""
    for _ in range(_INSERTS):
        try:
            events.insert(item)
        except ConditionFailed:
            holder = events.read(item.event_id)
        else:
            return None
        if holder is not None and is_same_put(holder, item):
            # Our own first write, whose answer was lost.
            return None
        if holder is not None and not events.is_expired(holder):
            return refuse_other_event(holder, item)
        if holder is not None:
            events.delete_expired(holder)
    raise StoreUnavailable("others keep taking the place of the expired event with this id")


def is_same_put(holder: EventItem, item: EventItem) -> bool:
    # The key holds when it was received, to the microsecond.
    return (holder.sort_key, holder.fingerprint) == (item.sort_key, item.fingerprint)


def refuse_other_event(holder: EventItem, item: EventItem) -> EventItem:
    """Return the event that a key stands for, or raise IdempotencyKeyReused if it is another."""
    if holder.fingerprint != item.fingerprint:
        if holder.fingerprint is None:
            _drop_payload(holder, item)
        raise IdempotencyKeyReused(
            "This idempotency key came before with another event; use a new key for a new event."
        )
    return holder


def _drop_payload(holder: EventItem, item: EventItem) -> None:
    """Delete a large payload that was stored just now: it may be what was erased before."""
    if item.payload_id is not None and item.payload_id not in codec.payload_item_ids(holder):
        erasures.delete_items([item.payload_id])


def acceptance(item: EventItem, *, is_repeat: bool) -> Acceptance:
    received_at, _, _ = item.sort_key.partition("#")
    return Acceptance(
        event_id=item.event_id,
        status=Status(item.status),
        event_type=item.event_type,
        tenant=item.tenant,
        received_at=datetime.fromisoformat(received_at),
        is_repeat=is_repeat,
    )


def is_due(item: EventItem) -> bool:
    """Say whether a new event is to be dispatched at once, and not by recovery."""
    if is_parked(item.due_at):
        return False
    return int(item.claimable_at) <= int(item.updated_at) + LEAD // _MICROSECOND


@timings.spent_in("queue")
def _dispatch(event_id: str, tenant: str) -> None:
    try:
        dispatcher().send(event_id=event_id, generation=1, tenant=tenant)
    except QueueUnavailable as error:
        # The event is durable and in the open index: recovery dispatches it.
        logger.debug("dispatch_failed", event_id=event_id, reason=str(error))
