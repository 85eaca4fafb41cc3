"""Erasing what a client sent: the event lets go of it first, and then its items are deleted."""

from collections.abc import Iterable
from contextlib import suppress

from events.store import codec, connection, statements
from events.store.events import ACCEPT_DEADLINE_SECONDS, TABLE
from events.store.models import AttemptMap, ErasureMap, EventItem, PayloadMap

# Between keys, which hold no blanks.
_SEPARATOR = " "


def start(item: EventItem, erasure_map: ErasureMap, *, updated_at: int) -> bool:
    """Take everything that may hold a part of the payload off a terminal event.

    The keys of payloads that are items of their own stay noted until ``finish``. False if the
    event is no longer as it was read.
    """
    erasure_map.unfinished = _SEPARATOR.join(sorted(codec.payload_item_ids(item))) or None
    erasures = _with(item, erasure_map)
    attempts = {token: _erased(each) for token, each in (item.attempts or {}).items()}
    values = {
        "erasures": {"M": EventItem.erasures.serialize(erasures)},
        "attempts": {"M": EventItem.attempts.serialize(attempts)},
        "updated_at": statements.number(updated_at),
    }
    if item.payload_versions:
        versions = {
            number: PayloadMap(created_at=each.created_at, actor=each.actor)
            for number, each in item.payload_versions.items()
        }
        values["payload_versions"] = {"M": EventItem.payload_versions.serialize(versions)}
    write = statements.update(
        TABLE,
        key=item.event_id,
        where=[
            *_generation(item),
            ("status", statements.EQUALS, statements.text(item.status)),
            ("updated_at", statements.EQUALS, statements.number(int(item.updated_at))),
        ],
        values=values,
        remove=("payload", "payload_id", "cloudevent", "result", "fingerprint"),
    )
    try:
        connection.execute(write, deadline_seconds=ACCEPT_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        # It may be our own first write that stands in the way, its answer lost.
        return (refusal.item or {}).get("erasures") == values["erasures"]
    return True


def unfinished(item: EventItem) -> tuple[str, ...]:
    """Return the keys of the items that erasures of an event have not deleted yet."""
    noted = [each.unfinished for each in (item.erasures or {}).values() if each.unfinished]
    return tuple(_SEPARATOR.join(noted).split())


def finish(item: EventItem) -> None:
    """Delete the items that are noted on an event, and then the note; safe to repeat."""
    keys = set(unfinished(item)) - codec.payload_item_ids(item)
    delete_items(keys)
    erasures = {
        generation: ErasureMap(erased_at=each.erased_at, actor=each.actor, reason=each.reason)
        for generation, each in (item.erasures or {}).items()
    }
    write = statements.update(
        TABLE,
        key=item.event_id,
        where=_generation(item),
        values={"erasures": {"M": EventItem.erasures.serialize(erasures)}},
    )
    # A replay came in between: the note stays, and does no harm.
    with suppress(connection.ConditionFailed):
        connection.execute(write, deadline_seconds=ACCEPT_DEADLINE_SECONDS)


def delete_items(keys: Iterable[str]) -> None:
    """Delete payloads that are items of their own; one that is gone is fine."""
    for key in keys:
        connection.call(
            "delete_item",
            deadline_seconds=ACCEPT_DEADLINE_SECONDS,
            TableName=TABLE,
            Key={"event_id": statements.text(key)},
        )


def _generation(item: EventItem) -> list[tuple[str, str, connection.Value]]:
    return [
        ("event_id", statements.EQUALS, statements.text(item.event_id)),
        ("generation", statements.EQUALS, statements.number(int(item.generation))),
    ]


def _with(item: EventItem, erasure_map: ErasureMap) -> dict[str, ErasureMap]:
    return {**(item.erasures or {}), str(int(item.generation)): erasure_map}


def _erased(attempt: AttemptMap) -> AttemptMap:
    """Return an attempt without what its error said, which may quote the payload."""
    kept = dict(attempt.attribute_values)
    if kept.get("error_message"):
        kept["error_message"] = ""
    kept.pop("error_traceback", None)
    return AttemptMap(**kept)
