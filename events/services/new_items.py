"""From what a client posts to the item that is stored."""

from datetime import datetime, timedelta

from django.conf import settings

from events import identity, tracing
from events.event import NewEvent, Status
from events.services.parking import due_at_of
from events.store import codec
from events.store.models import EventItem

# A delayed event is dispatched so long before its time, and its message hidden for the rest:
# recovery's next look would be too late.
LEAD = timedelta(seconds=settings.RECOVERY_INTERVAL_SECONDS + 5)


def new_item(event: NewEvent, *, tenant: str, received_at: datetime, shards: int) -> EventItem:
    """Return a pending event's item; a large payload is still to be stored under its payload_id."""
    event_id, fingerprint = identify(event, tenant)
    shard = codec.shard_of(event_id, shards)
    process_at = event.process_at
    starts_at = max(process_at or received_at, received_at)
    due_at = starts_at - LEAD
    if due_at <= received_at:
        due_at = starts_at + timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
    due_microseconds = codec.to_microseconds(due_at)
    if starts_at == received_at:
        due_microseconds = due_at_of(tenant, event.event_type, otherwise=due_microseconds)
    expires_at = starts_at + timedelta(days=settings.RETENTION_DAYS)
    payload_id = codec.large_payload_id(event_id, event.payload_json)
    return EventItem(
        event_id,
        sort_key=f"{codec.to_text(received_at)}#{event_id}",
        time_key=codec.shard_key(tenant, shard),
        type_key=codec.shard_key(f"{tenant}#{event.event_type}", shard),
        open_key=str(shard),
        due_at=due_microseconds,
        tenant=tenant,
        event_type=event.event_type,
        source=event.source,
        subject=event.subject,
        payload=event.payload_json if payload_id is None else None,
        payload_id=payload_id,
        fingerprint=fingerprint,
        cloudevent=event.cloudevent_json,
        traceparent=tracing.traceparent(),
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


def identify(event: NewEvent, tenant: str) -> tuple[str, str | None]:
    """Return the event's id, and what tells it from another one with the same key."""
    if event.idempotency_key is None:
        return identity.new_event_id(), None
    fingerprint = identity.fingerprint(
        event_type=event.event_type,
        source=event.source,
        subject=event.subject,
        payload_json=event.payload_json,
    )
    return identity.keyed_event_id(tenant, event.idempotency_key), fingerprint
