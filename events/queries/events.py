"""Reading events."""

from collections.abc import Callable, Sequence

from events.event import Event
from events.store import codec, events, rows


def get_event(
    event_id: str, *, tenant: str | None, is_known: Callable[[Event], bool] | None = None
) -> Event:
    """Return an event with its attempts; one read, and one more for a large payload.

    Without ``tenant`` it may be anybody's: that is for staff.
    ``is_known`` is asked of the event without its payload: if the caller has it already, that is
    what it gets.
    """
    item = events.find(event_id, tenant=tenant)
    if is_known is not None and is_known(event := codec.to_event(item, None)):
        return event
    return codec.to_event(item, events.read_payload(item))


def get_events_by_id(event_ids: Sequence[str]) -> dict[str, Event]:
    """Return events of whatever tenants without their payloads, by id; who is gone is left out."""
    items = rows.read_rows(event_ids, with_attempts=True)
    return {
        each.event_id: codec.to_event(each, None) for each in items if not events.is_expired(each)
    }
