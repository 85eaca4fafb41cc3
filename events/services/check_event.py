"""Whether events that were read may be accepted, by their types and by the types' schemas."""

from collections.abc import Mapping, Sequence

import orjson
from django.conf import settings

from events import queries
from events.errors import EventError, Retryable, SchemaViolation, UnknownEventType
from events.event import NewEvent
from events.event_types import Fault
from events.services.new_items import identify
from events.services.would_be_rejections import tally
from events.store import batches, events


def check_event(event: NewEvent, *, tenant: str) -> list[Fault]:
    """Raise SchemaViolation or UnknownEventType for an event that is not to be accepted.

    Returns what is wrong with one that is accepted all the same, its type being in mode warn.
    Where nothing is to be checked it costs a look into a dictionary. Raises DatabaseUnavailable
    while the event types were never read.
    """
    (outcome,) = check_events([event], tenant=tenant)
    if isinstance(outcome, EventError):
        try:
            raise outcome
        finally:
            # Its traceback knows this frame: a cycle.
            del outcome
    return outcome


def check_events(new_events: Sequence[NewEvent], *, tenant: str) -> list[EventError | list[Fault]]:
    """Return what ``check_event`` returns or raises for each event, in order.

    An event that was accepted before, under the idempotency key that it has again, is taken
    whatever its type asks by now; only to refuse an event with a key is the store asked.
    """
    outcomes = [_judge(event, tenant) for event in new_events]
    refused = {
        place: event
        for place, event in enumerate(new_events)
        if event.idempotency_key is not None and _is_final(outcomes[place])
    }
    for place, outcome in _look_again(refused, tenant).items():
        outcomes[place] = outcome
    return outcomes


def _judge(event: NewEvent, tenant: str) -> EventError | list[Fault]:
    try:
        return _check(event, tenant)
    except EventError as refusal:
        # With it, a refused event would keep all others in a cycle.
        return refusal.with_traceback(None)


def _check(event: NewEvent, tenant: str) -> list[Fault]:
    record = queries.find_event_type(event.event_type)
    if record is None:
        if settings.UNKNOWN_EVENT_TYPES == "refuse":
            raise UnknownEventType(f"There is no event type {event.event_type}.")
        return []
    if record.schema is None or record.version is None:
        return []
    faults = record.schema.find_faults(event.payload_json)
    if not faults:
        return []
    placed = [{**fault, "pointer": _place(event, fault["pointer"])} for fault in faults]
    if record.is_enforced:
        raise SchemaViolation(
            f"The payload does not match version {record.version} of {record.name}.",
            faults=placed,
        )
    tally.note(tenant=tenant, event_type=record.name, version=record.version, faults=faults)
    return placed


def _is_final(outcome: EventError | list[Fault]) -> bool:
    return isinstance(outcome, EventError) and not isinstance(outcome, Retryable)


def _look_again(
    refused: Mapping[int, NewEvent], tenant: str
) -> dict[int, EventError | list[Fault]]:
    """Return, by place, what becomes of refused events that are stored or may be."""
    if not refused:
        return {}
    identities = {place: identify(event, tenant) for place, event in refused.items()}
    try:
        stored = batches.read_holders(list({event_id for event_id, _ in identities.values()}))
    except Retryable as error:
        # Whoever is told to mend an event that is stored would send it as another one.
        return dict.fromkeys(identities, error)
    alive = {each: item for each, item in stored.items() if not events.is_expired(item)}
    return {
        place: []
        for place, (event_id, fingerprint) in identities.items()
        if event_id in alive and alive[event_id].fingerprint == fingerprint
    }


def _place(event: NewEvent, pointer: str) -> str:
    """Return where a client put what a pointer into the payload points to."""
    if event.cloudevent_json is None:
        return f"/payload{pointer}"
    if orjson.loads(event.cloudevent_json).get("data") == "base64":
        # A text, with no places inside of it.
        return "/data_base64"
    return f"/data{pointer}"
