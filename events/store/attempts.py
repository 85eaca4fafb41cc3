"""What one attempt writes to its event, each time on condition that the event is its own."""

from collections.abc import Iterable

from events import clock
from events.event import Status
from events.pause import Pauses
from events.store import codec, connection, statements
from events.store.events import CLAIM_DEADLINE_SECONDS, TABLE
from events.store.models import AttemptMap, EventItem

# A handler has run when its outcome is recorded, so that waits out an outage.
_SETTLE_DEADLINE_SECONDS = 120.0
_EXTEND_DEADLINE_SECONDS = 5.0

_OPEN_KEYS = ("open_key", "due_at")
_HANDS = ("owner", "message_id")


def claim(
    event_id: str,
    generation: int,
    *,
    token: str,
    message_id: str,
    attempt: AttemptMap,
    lease: int,
    pauses: Pauses,
    claimable_by: int | None = None,
) -> EventItem:
    """Take an event for one attempt; raises ConditionFailed with the item that refused.

    Events of paused tenants and types are not taken, whichever tenant's the type is. With
    ``claimable_by`` an event is taken before its time, or out of another's hands.
    """
    now = clock.now_microseconds()
    by = now if claimable_by is None else claimable_by
    write = statements.update(
        TABLE,
        key=event_id,
        where=[
            ("event_id", statements.EQUALS, statements.text(event_id)),
            ("generation", statements.EQUALS, statements.number(generation)),
            ("claimable_at", statements.AT_MOST, statements.number(by)),
            *_not_paused(pauses),
        ],
        values={
            "status": statements.text(Status.PROCESSING),
            "claimable_at": statements.number(lease),
            "owner": statements.text(token),
            "message_id": statements.text(message_id),
            f"attempts.{token}": {"M": attempt.serialize(attempt)},
            "updated_at": statements.number(now),
        },
        increments=("attempt_number", "attempt_count"),
        returning=True,
    )
    try:
        raw = connection.execute(write, deadline_seconds=CLAIM_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        if refusal.item is None or refusal.item.get("owner", {}).get("S") != token:
            raise
        # The answer to our own claim was lost, and its repetition met it.
        raw = refusal.item
    if raw is None:
        raise RuntimeError("DynamoDB returned no item for a claim")
    return codec.read_item(raw)


def _not_paused(pauses: Pauses) -> list[tuple[str, str, connection.Value]]:
    return [
        *(("tenant", statements.DIFFERS, statements.text(each)) for each in pauses.tenants),
        *(("event_type", statements.DIFFERS, statements.text(each)) for each in pauses.event_types),
    ]


def extend_lease(event_id: str, token: str, *, lease: int, due_at: int) -> bool:
    """Keep an attempt's event, and keep recovery away from it; False if it is no longer ours."""
    values = {"claimable_at": statements.number(lease), "due_at": statements.number(due_at)}
    try:
        connection.execute(
            _owned_update(event_id, token, values, remove=()),
            deadline_seconds=_EXTEND_DEADLINE_SECONDS,
        )
    except connection.ConditionFailed:
        return False
    return True


def finish(
    event_id: str, token: str, *, attempt: AttemptMap, result: str | None, forget: Iterable[str]
) -> bool:
    """Record success; False if the event is no longer ours."""
    values = {
        "status": statements.text(Status.SUCCEEDED),
    }
    if result is not None:
        values["result"] = statements.text(result)
    remove = [*_OPEN_KEYS, *_HANDS, "claimable_at", *_attempt_paths(forget)]
    return _settle(event_id, token, attempt, values=values, remove=remove)


def retry(
    event_id: str,
    token: str,
    *,
    attempt: AttemptMap,
    claimable_at: int,
    due_at: int,
    expires_at: int,
    forget: Iterable[str],
) -> bool:
    """Record a failure that another attempt follows; False if the event is no longer ours.

    ``message_id`` stays: the message that waits for the next attempt is this very one.
    """
    values = {
        "status": statements.text(Status.RETRYING),
        "claimable_at": statements.number(claimable_at),
        "due_at": statements.number(due_at),
        "expires_at": statements.number(expires_at),
    }
    remove = ["owner", *_attempt_paths(forget)]
    return _settle(event_id, token, attempt, values=values, remove=remove)


def bury(
    event_id: str,
    token: str,
    *,
    attempt: AttemptMap,
    dead_key: str,
    forget: Iterable[str],
) -> bool:
    """Record that no more attempts will be made; False if the event is no longer ours."""
    values = {
        "status": statements.text(Status.DEAD),
        "dead_key": statements.text(dead_key),
    }
    remove = [*_OPEN_KEYS, *_HANDS, "claimable_at", *_attempt_paths(forget)]
    return _settle(event_id, token, attempt, values=values, remove=remove)


def _settle(
    event_id: str,
    token: str,
    attempt: AttemptMap,
    *,
    values: dict[str, connection.Value],
    remove: Iterable[str],
) -> bool:
    values[f"attempts.{token}"] = {"M": attempt.serialize(attempt)}
    values["updated_at"] = statements.number(clock.now_microseconds())
    write = _owned_update(event_id, token, values, remove=remove)
    try:
        connection.execute(write, deadline_seconds=_SETTLE_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        return _stands_already(refusal.item, token, attempt)
    return True


def _stands_already(raw: connection.Item | None, token: str, attempt: AttemptMap) -> bool:
    """Tell our own first write, whose answer was lost, from another's."""
    stored = _map_of(raw, "attempts").get(token, {}).get("M")
    return bool(stored == attempt.serialize(attempt))


def _map_of(raw: connection.Item | None, name: str) -> connection.Item:
    entries: connection.Item = (raw or {}).get(name, {}).get("M", {})
    return entries


def _owned_update(
    event_id: str, token: str, values: dict[str, connection.Value], *, remove: Iterable[str]
) -> connection.Statement:
    # The token is one attempt's own: it stands for owner, generation and attempt at once.
    where = [
        ("event_id", statements.EQUALS, statements.text(event_id)),
        ("owner", statements.EQUALS, statements.text(token)),
    ]
    return statements.update(TABLE, key=event_id, where=where, values=values, remove=list(remove))


def _attempt_paths(tokens: Iterable[str]) -> list[str]:
    return [f"attempts.{token}" for token in tokens]
