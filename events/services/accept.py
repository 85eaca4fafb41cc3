"""Accepting an event: stored first, dispatched second."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from events import clock, identity
from events.dispatch import dispatcher
from events.errors import IdempotencyKeyReused, QueueUnavailable, StoreUnavailable
from events.event import Acceptance, Status
from events.store import codec, events
from events.store.connection import ConditionFailed
from events.store.models import EventItem
from events.store.shards import shard_count

logger = structlog.get_logger(__name__)

# The place of an expired event is fought for by requests with its key, and each round one wins.
_INSERTS = 3


def accept_event(
    *,
    event_type: str,
    payload_json: str,
    tenant: str,
    source: str | None = None,
    subject: str | None = None,
    process_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> Acceptance:
    """Store an event durably, then queue it; once this returns, it will be processed.

    A failing queue does not fail the call: recovery dispatches what is still pending. Raises
    StoreUnavailable, StoreThrottled (nothing acknowledged) or IdempotencyKeyReused.
    """
    received_at = clock.now()
    item = _new_item(
        event_type=event_type,
        payload_json=payload_json,
        tenant=tenant,
        source=source,
        subject=subject,
        process_at=process_at,
        idempotency_key=idempotency_key,
        received_at=received_at,
    )
    _place_payload(item, payload_json)
    earlier = _insert(item)
    if earlier is not None:
        return _acceptance(earlier, is_repeat=True)
    if process_at is None or process_at <= received_at:
        _dispatch(item.event_id, tenant)
    return _acceptance(item, is_repeat=False)


def _new_item(
    *,
    event_type: str,
    payload_json: str,
    tenant: str,
    source: str | None,
    subject: str | None,
    process_at: datetime | None,
    idempotency_key: str | None,
    received_at: datetime,
) -> EventItem:
    if idempotency_key is None:
        event_id, fingerprint = identity.new_event_id(), None
    else:
        event_id = identity.keyed_event_id(tenant, idempotency_key)
        fingerprint = identity.fingerprint(
            event_type=event_type, source=source, subject=subject, payload_json=payload_json
        )
    shard = codec.shard_of(event_id, shard_count())
    starts_at = max(process_at or received_at, received_at)
    due_at = starts_at
    if starts_at == received_at:
        due_at += timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
    expires_at = starts_at + timedelta(days=settings.RETENTION_DAYS)
    return EventItem(
        event_id,
        sort_key=f"{codec.to_text(received_at)}#{event_id}",
        time_key=codec.shard_key(tenant, shard),
        type_key=codec.shard_key(f"{tenant}#{event_type}", shard),
        open_key=str(shard),
        due_at=codec.to_microseconds(due_at),
        tenant=tenant,
        event_type=event_type,
        source=source,
        subject=subject,
        fingerprint=fingerprint,
        status=Status.PENDING.value,
        generation=1,
        claimable_at=0 if process_at is None else codec.to_microseconds(starts_at),
        attempt_number=0,
        attempt_count=0,
        attempts={},
        process_at=None if process_at is None else codec.to_microseconds(process_at),
        updated_at=codec.to_microseconds(received_at),
        expires_at=int(expires_at.timestamp()),
    )


def _place_payload(item: EventItem, payload_json: str) -> None:
    item.payload_id = codec.large_payload_id(item.event_id, payload_json)
    if item.payload_id is None:
        item.payload = payload_json
    else:
        events.put_payload(item.payload_id, payload_json, expires_at=int(item.expires_at))


def _insert(item: EventItem) -> EventItem | None:
    """Store a new event; return the one that its idempotency key stands for already, if any."""
    for _ in range(_INSERTS):
        try:
            events.insert(item)
        except ConditionFailed:
            holder = events.read(item.event_id)
        else:
            return None
        if holder is not None and _is_same_put(holder, item):
            # Our own first write, whose answer was lost.
            return None
        if holder is not None and not events.is_expired(holder):
            return _refuse_other_event(holder, item)
        if holder is not None:
            events.delete_expired(holder)
    raise StoreUnavailable("others keep taking the place of the expired event with this id")


def _is_same_put(holder: EventItem, item: EventItem) -> bool:
    # The key holds when it was received, to the microsecond.
    return (holder.sort_key, holder.fingerprint) == (item.sort_key, item.fingerprint)


def _refuse_other_event(holder: EventItem, item: EventItem) -> EventItem:
    if holder.fingerprint != item.fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key came before with another event; use a new key for a new event."
        )
    return holder


def _acceptance(item: EventItem, *, is_repeat: bool) -> Acceptance:
    received_at, _, _ = item.sort_key.partition("#")
    return Acceptance(
        event_id=item.event_id,
        status=Status(item.status),
        event_type=item.event_type,
        tenant=item.tenant,
        received_at=datetime.fromisoformat(received_at),
        is_repeat=is_repeat,
    )


def _dispatch(event_id: str, tenant: str) -> None:
    try:
        dispatcher().send(event_id=event_id, generation=1, tenant=tenant)
    except QueueUnavailable as error:
        # The event is durable and in the open index: recovery dispatches it.
        logger.debug("dispatch_failed", event_id=event_id, reason=str(error))
