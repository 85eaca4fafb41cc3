"""Reading the payloads that an event has had."""

from dataclasses import dataclass

from events.errors import PayloadVersionNotFound
from events.event import Event, PayloadVersion
from events.store import codec, events


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedPayload:
    """One payload of an event, as JSON text; None once erased."""

    event: Event
    version: PayloadVersion
    payload_json: str | None


def get_payload(event_id: str, version: int, *, tenant: str | None) -> VersionedPayload:
    """Return a payload that an event has or had: the client's own is version 1.

    Without ``tenant`` it may be anybody's: that is for staff.
    Raises EventNotFound, PayloadVersionNotFound.
    """
    item = events.find(event_id, tenant=tenant)
    event = codec.to_event(item, None)
    found = next((each for each in _versions(event) if each.version == version), None)
    if found is None:
        raise PayloadVersionNotFound(f"Event {event_id} has no payload of version {version}.")
    if not event.payload_versions:
        payload_json = events.read_payload(item)
    elif found.item_id is None:
        payload_json = item.payload
    else:
        payload_json = events.read_payload_item(found.item_id)
    return VersionedPayload(event=event, version=found, payload_json=payload_json)


def _versions(event: Event) -> tuple[PayloadVersion, ...]:
    first = PayloadVersion(version=1, created_at=event.received_at)
    return event.payload_versions or (first,)
