"""Reading events."""

from events import identity
from events.errors import EventNotFound
from events.event import Event
from events.store import codec, events


def get_event(event_id: str, *, tenant: str) -> Event:
    """Return an event with its attempts; one read, and one more for a large payload."""
    item = events.read(event_id) if identity.is_event_id(event_id) else None
    if item is None or item.tenant != tenant or events.is_expired(item):
        raise EventNotFound(f"There is no event {event_id}.")
    return codec.to_event(item, events.read_payload(item))
