"""Replaying a terminal event: a new generation, with the history kept."""

import structlog

from events import counters, tracing
from events.dispatch import dispatcher
from events.errors import EventIsOpen, PayloadErased, QueueUnavailable
from events.event import Status
from events.services.generations import next_generation
from events.services.parking import is_parked
from events.store import codec, erasures, events, replays
from events.store.models import EventItem
from events.store.replays import NextGeneration

logger = structlog.get_logger(__name__)


def replay_event(
    *,
    event_id: str,
    actor: str,
    reason: str,
    tenant: str | None = None,
    generation: int | None = None,
    payload_json: str | None = None,
) -> int:
    """Make a terminal event pending again and return its new generation.

    With ``tenant``, only that tenant's event is. With ``generation``, only that generation is
    replayed: repeating the call changes nothing. ``payload_json`` is run instead of the payload
    so far, which is kept beside it. Raises EventNotFound, EventIsOpen, PayloadErased.
    """
    item = events.find(event_id, tenant=tenant)
    is_other_generation = generation is not None and int(item.generation) != generation
    if is_other_generation or not Status(item.status).is_terminal:
        raise EventIsOpen(f"Event {event_id} is {item.status} in generation {item.generation}.")
    if payload_json is None and is_erased(item):
        raise PayloadErased(f"The payload of event {event_id} has been erased.")
    started = _describe(item, actor=actor, reason=reason, payload_json=payload_json)
    if not replays.start(started):
        raise EventIsOpen(f"Event {event_id} was replayed by somebody else just now.")
    count_replayed(item)
    tracing.describe(event_id=event_id, generation=started.number, tenant=item.tenant)
    if is_parked(started.due_at):
        return started.number
    try:
        dispatcher().send(event_id=event_id, generation=started.number, tenant=item.tenant)
    except QueueUnavailable as error:
        # The event is pending in the open index: recovery dispatches it.
        logger.debug("dispatch_failed", event_id=event_id, reason=str(error))
    return started.number


def is_erased(item: EventItem) -> bool:
    return item.payload is None and item.payload_id is None


def count_replayed(item: EventItem) -> None:
    """Count the replay of an event, given as it was before."""
    counters.count_replayed(
        tenant=item.tenant, event_type=item.event_type, status=Status(item.status)
    )


def _describe(
    item: EventItem, *, actor: str, reason: str, payload_json: str | None
) -> NextGeneration:
    """Describe the replay, with everything that it needs stored and kept long enough."""
    if erasures.unfinished(item):
        # The new payload may be the very one that is still to be deleted.
        erasures.finish(item)
    payload_id = None
    if payload_json is not None:
        payload_id = codec.payload_item_id(item.event_id, payload_json)
    started = next_generation(item, actor=actor, reason=reason, payload_id=payload_id)
    for kept_id in codec.payload_item_ids(item):
        events.keep(kept_id, expires_at=started.expires_at)
    if payload_id is not None and payload_json is not None:
        events.put_payload(payload_id, payload_json, expires_at=started.expires_at)
    return started
