"""Replaying a terminal event: a new generation, with the history kept."""

from datetime import timedelta

import structlog
from django.conf import settings

from events import clock
from events.dispatch import dispatcher
from events.errors import EventIsOpen, EventNotFound, QueueUnavailable
from events.event import Status
from events.store import codec, events
from events.store.models import EventItem, ReplayMap
from events.store.shards import shard_count

logger = structlog.get_logger(__name__)


def replay_event(
    *,
    event_id: str,
    actor: str,
    reason: str,
    tenant: str | None = None,
    generation: int | None = None,
) -> int:
    """Make a terminal event pending again and return its new generation.

    With ``tenant``, only that tenant's event is. With ``generation``, only that generation is
    replayed: repeating the call changes nothing. Raises EventNotFound, EventIsOpen.
    """
    item = events.read(event_id)
    if item is None or events.is_expired(item) or tenant not in (None, item.tenant):
        raise EventNotFound(f"There is no event {event_id}.")
    is_other_generation = generation is not None and int(item.generation) != generation
    if is_other_generation or not Status(item.status).is_terminal:
        raise EventIsOpen(f"Event {event_id} is {item.status} in generation {item.generation}.")
    if not _start_generation(item, actor=actor, reason=reason):
        raise EventIsOpen(f"Event {event_id} was replayed by somebody else just now.")
    started = int(item.generation) + 1
    try:
        dispatcher().send(event_id=event_id, generation=started, tenant=item.tenant)
    except QueueUnavailable as error:
        # The event is pending in the open index: recovery dispatches it.
        logger.debug("dispatch_failed", event_id=event_id, reason=str(error))
    return started


def _start_generation(item: EventItem, *, actor: str, reason: str) -> bool:
    now = clock.now()
    kept_until = now + timedelta(days=settings.RETENTION_DAYS)
    expires_at = max(int(item.expires_at), int(kept_until.timestamp()))
    if item.payload_id is not None:
        events.keep(item.payload_id, expires_at=expires_at)
    due_at = now + timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
    return events.replay(
        item,
        replay_map=ReplayMap(replayed_at=codec.to_microseconds(now), actor=actor, reason=reason),
        open_key=str(codec.shard_of(item.event_id, shard_count())),
        due_at=codec.to_microseconds(due_at),
        expires_at=expires_at,
    )
