"""New events, many at once: as few calls as DynamoDB allows, and an outcome for each."""

from collections.abc import Iterable, Mapping, Sequence

from events.errors import EventError
from events.store import connection, events, rows
from events.store.connection import ConditionFailed, Statement
from events.store.models import EventItem

_EVENTS_PER_SECOND = 200
_HOLDER = (
    *("event_id", "sort_key", "tenant", "event_type", "fingerprint", "status", "expires_at"),
    *("payload_id", "payload_versions"),
)


def insert_all(items: Sequence[EventItem]) -> dict[str, EventError]:
    """Store new events; return, by event id, why some were not: ConditionFailed if taken."""
    return _execute_all({item.event_id: events.insertion(item) for item in items})


def put_payloads(large: Sequence[tuple[EventItem, str]]) -> dict[str, EventError]:
    """Store large payloads as items of their own; return, by event id, why some were not."""
    owners = {str(item.payload_id): item for item, _ in large}
    refusals = insert_all(
        [
            EventItem(item.payload_id, payload=payload_json, expires_at=item.expires_at)
            for item, payload_json in large
        ]
    )
    # They are there already: from this call, or for events that idempotency keys stand for.
    taken = [each for each, error in refusals.items() if isinstance(error, ConditionFailed)]
    failures = {each: error for each, error in refusals.items() if each not in taken}
    failures |= _keep_all(owners[each] for each in taken)
    return {owners[payload_id].event_id: error for payload_id, error in failures.items()}


def read_holders(event_ids: Sequence[str]) -> dict[str, EventItem]:
    """Read what tells one event from another, by event id; who is gone is left out."""
    return {item.event_id: item for item in rows.read_parts(event_ids, _HOLDER)}


def _keep_all(items: Iterable[EventItem]) -> dict[str, EventError]:
    """Let large payloads live longer, if they do not already; by payload id, why some do not."""
    writes = {
        str(item.payload_id): events.keeping(str(item.payload_id), expires_at=int(item.expires_at))
        for item in items
    }
    failures = _execute_all(writes).items()
    return {each: error for each, error in failures if not isinstance(error, ConditionFailed)}


def _execute_all(writes: Mapping[str, Statement]) -> dict[str, EventError]:
    # Whoever sends a thousand events has more patience than for one.
    deadline_seconds = events.ACCEPT_DEADLINE_SECONDS + len(writes) / _EVENTS_PER_SECOND
    outcomes = connection.execute_all(list(writes.values()), deadline_seconds=deadline_seconds)
    return {
        each: outcome
        for each, outcome in zip(writes, outcomes, strict=True)
        if isinstance(outcome, EventError)
    }
