"""Letting events wait while their type or their tenant is paused."""

from events import clock
from events.store import events
from events.store.events import DueEntry
from events.store.models import EventItem
from events.store.parking import parked_at, place_of
from events.store.pauses import known_pauses


def due_at_of(tenant: str, event_type: str, *, otherwise: int) -> int:
    """Return where in the open index an event belongs that is to be dispatched now."""
    pause = known_pauses().find(tenant, event_type)
    return parked_at(pause.place, clock.now_microseconds()) if pause else otherwise


def is_parked(due_at: float) -> bool:
    """Say whether an event waits for the end of a pause, and so is not dispatched."""
    return place_of(due_at) > 0


def park(item: EventItem) -> bool | None:
    """Let an open event wait if it is paused; None if it is not, False if it has moved since."""
    pause = known_pauses().find(item.tenant, item.event_type)
    if pause is None:
        return None
    if place_of(item.due_at) == pause.place:
        return True
    entry = DueEntry(item.event_id, int(item.due_at))
    due_at = parked_at(pause.place, clock.now_microseconds())
    return events.postpone(entry, due_at=due_at) is not None
