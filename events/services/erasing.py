"""Erasing the payload of a terminal event, for good; that it was, by whom and why, stays."""

import structlog

from events import clock
from events.errors import EventIsOpen, PayloadErased, StoreUnavailable
from events.event import Status
from events.services.replay import is_erased
from events.store import erasures, error_groups, events
from events.store.models import ErasureMap, EventItem

logger = structlog.get_logger(__name__)

# A terminal event is moved by replays and erasures only, each of which ends the search.
_ROUNDS = 3


def erase_payload(
    *, event_id: str, actor: str, reason: str = "", tenant: str | None = None
) -> None:
    """Erase a payload wherever it is kept, and everything that may quote it.

    With ``tenant``, only that tenant's event. A call that was cut off is finished by repeating
    it. Raises EventNotFound, EventIsOpen, PayloadErased if nothing is left to do.
    """
    for _ in range(_ROUNDS):
        item = events.find(event_id, tenant=tenant)
        if erasures.unfinished(item):
            erasures.finish(item)
            if is_erased(item):
                return
        if not Status(item.status).is_terminal:
            raise EventIsOpen(f"Event {event_id} is {item.status}.")
        if is_erased(item):
            raise PayloadErased(f"The payload of event {event_id} has been erased.")
        if _erase(item, actor=actor, reason=reason):
            logger.info("payload_erased", event_id=event_id, actor=actor)
            return
    raise StoreUnavailable(f"others keep changing event {event_id}")


def _erase(item: EventItem, *, actor: str, reason: str) -> bool:
    # First: once the event is erased, nobody comes back for the group.
    error_groups.erase_messages(item)
    now = clock.now_microseconds()
    erasure_map = ErasureMap(erased_at=now, actor=actor, reason=reason)
    # A replay that has read the event as it was must not fit any more, whatever the clock says.
    if not erasures.start(item, erasure_map, updated_at=max(now, int(item.updated_at) + 1)):
        return False
    stored = events.read(item.event_id)
    if stored is not None:
        erasures.finish(stored)
    return True
