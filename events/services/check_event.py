"""Whether an event that was read may be accepted, by its type and by the type's schema."""

from django.conf import settings

from events import queries
from events.errors import SchemaViolation, UnknownEventType
from events.event import NewEvent
from events.services.would_be_rejections import tally


def check_event(event: NewEvent, *, tenant: str) -> None:
    """Raise SchemaViolation or UnknownEventType for an event that is not to be accepted.

    Where nothing is to be checked it costs a look into a dictionary. Raises DatabaseUnavailable
    while the event types were never read.
    """
    record = queries.find_event_type(event.event_type)
    if record is None:
        if settings.UNKNOWN_EVENT_TYPES == "refuse":
            raise UnknownEventType(f"There is no event type {event.event_type}.")
        return
    if record.schema is None or record.version is None:
        return
    faults = record.schema.find_faults(event.payload_json)
    if not faults:
        return
    if record.is_enforced:
        raise SchemaViolation(
            f"The payload does not match version {record.version} of {record.name}.",
            faults=[{**fault, "pointer": f"{_place(event)}{fault['pointer']}"} for fault in faults],
        )
    tally.note(tenant=tenant, event_type=record.name, version=record.version, faults=faults)


def _place(event: NewEvent) -> str:
    """Return where clients put the payload."""
    return "/payload" if event.cloudevent_json is None else "/data"
