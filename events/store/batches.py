"""New events, many at once: as few calls as DynamoDB allows, and an outcome for each."""

from collections.abc import Sequence

from events.errors import EventError
from events.store import connection, events, rows
from events.store.connection import ConditionFailed
from events.store.models import EventItem

_EVENTS_PER_SECOND = 200
_HOLDER = ("event_id", "sort_key", "tenant", "event_type", "fingerprint", "status", "expires_at")


def insert_all(items: Sequence[EventItem]) -> dict[str, EventError]:
    """Store new events; return, by event id, why some were not: ConditionFailed if taken."""
    writes = [events.insertion(item) for item in items]
    # Whoever sends a thousand events has more patience than for one.
    deadline_seconds = events.ACCEPT_DEADLINE_SECONDS + len(writes) / _EVENTS_PER_SECOND
    outcomes = connection.execute_all(writes, deadline_seconds=deadline_seconds)
    return {
        item.event_id: outcome
        for item, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, EventError)
    }


def put_payloads(large: Sequence[tuple[EventItem, str]]) -> dict[str, EventError]:
    """Store large payloads as items of their own; return, by event id, why some were not."""
    owners = {str(item.payload_id): item for item, _ in large}
    refusals = insert_all(
        [
            EventItem(item.payload_id, payload=payload_json, expires_at=item.expires_at)
            for item, payload_json in large
        ]
    )
    return {
        owners[payload_id].event_id: outcome
        for payload_id, error in refusals.items()
        if (outcome := _keep(owners[payload_id], error)) is not None
    }


def read_holders(event_ids: Sequence[str]) -> dict[str, EventItem]:
    """Read what tells one event from another, by event id; who is gone is left out."""
    return {item.event_id: item for item in rows.read_parts(event_ids, _HOLDER)}


def _keep(item: EventItem, error: EventError) -> EventError | None:
    if not isinstance(error, ConditionFailed):
        return error
    # It is there already: from this call, or for the event that an idempotency key stands for.
    try:
        events.keep(str(item.payload_id), expires_at=int(item.expires_at))
    except EventError as failure:
        return failure
    return None
