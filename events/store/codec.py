"""Items to events and back."""

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from events.event import (
    Attempt,
    AttemptError,
    Erasure,
    Event,
    Outcome,
    PayloadVersion,
    Replay,
    Status,
)
from events.store.connection import Item
from events.store.models import AttemptMap, ErasureMap, EventItem, PayloadMap, ReplayMap

# A larger payload is an item of its own, so that claims and finishes do not pay for it.
INLINE_PAYLOAD_BYTES = 4_096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: float) -> datetime:
    return _EPOCH + int(microseconds) * _MICROSECOND


def to_text(moment: datetime) -> str:
    """Write a time so that text order is time order: always six decimals, always UTC."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


def shard_of(event_id: str, shards: int) -> int:
    return zlib.crc32(event_id.encode()) % shards


def shard_key(prefix: str, shard: int) -> str:
    """Return the partition key of an index: a tenant, or tenant and type, and the shard."""
    return f"{prefix}#{shard}"


def large_payload_id(event_id: str, payload_json: str) -> str | None:
    """Return the key of the item that a large payload is, None for one that its event holds.

    The key names the content, so that another event's payload can never be overwritten.
    """
    encoded = payload_json.encode("utf-8", "surrogatepass")
    return None if len(encoded) <= INLINE_PAYLOAD_BYTES else payload_item_id(event_id, payload_json)


def payload_item_id(event_id: str, payload_json: str) -> str:
    """Return the key of the item that a payload is if its event does not hold it."""
    encoded = payload_json.encode("utf-8", "surrogatepass")
    return f"{event_id}#payload#{hashlib.sha256(encoded).hexdigest()[:32]}"


def payload_item_ids(item: EventItem) -> set[str]:
    """Return the keys of all items that hold a payload of an event, former ones included."""
    former = (item.payload_versions or {}).values()
    return {each for each in (item.payload_id, *(each.item_id for each in former)) if each}


def read_item(raw: Item) -> EventItem:
    """Decode what DynamoDB returned."""
    item = EventItem()
    item.deserialize(raw)
    return item


def to_event(item: EventItem, payload_json: str | None) -> Event:
    return Event(**event_fields(item, payload_json))


def event_fields(item: EventItem, payload_json: str | None) -> dict[str, Any]:
    """Return the arguments of ``Event`` that an item holds."""
    received_at, _, _ = item.sort_key.partition("#")
    status = Status(item.status)
    waits = status in (Status.PENDING, Status.RETRYING) and item.claimable_at
    return {
        "event_id": item.event_id,
        "event_type": item.event_type,
        "tenant": item.tenant,
        "source": item.source,
        "subject": item.subject,
        "payload_json": payload_json,
        "status": status,
        "generation": int(item.generation),
        "received_at": datetime.fromisoformat(received_at),
        "updated_at": from_microseconds(item.updated_at),
        "expires_at": datetime.fromtimestamp(int(item.expires_at), UTC),
        "process_at": _optional_time(item.process_at),
        "next_attempt_at": from_microseconds(item.claimable_at) if waits else None,
        "result_json": item.result,
        "attempt_count": int(item.attempt_count),
        "attempts": to_attempts(item),
        "cloudevent_json": item.cloudevent,
        "traceparent": item.traceparent,
        "replays": tuple(
            _to_replay(int(generation), replay)
            for generation, replay in sorted((item.replays or {}).items(), key=_by_number)
        ),
        "erasures": tuple(
            _to_erasure(int(generation), erasure)
            for generation, erasure in sorted((item.erasures or {}).items(), key=_by_number)
        ),
        "payload_versions": tuple(
            _to_payload_version(int(version), payload)
            for version, payload in sorted((item.payload_versions or {}).items(), key=_by_number)
        ),
    }


def to_attempts(item: EventItem) -> tuple[Attempt, ...]:
    """Put the attempts in order and number those that never got to write their number.

    A worker that was killed wrote only that its attempt began, by its own host's clock. Attempts
    of a generation are numbered without gaps, so it has one of the numbers that are left.
    """
    tokens_by_generation: dict[int, list[str]] = {}
    for token, stored in (item.attempts or {}).items():
        tokens_by_generation.setdefault(int(stored.generation), []).append(token)
    return tuple(
        _to_attempt(token, item.attempts[token], number, is_running=token == item.owner)
        for _, tokens in sorted(tokens_by_generation.items())
        for number, token in sorted(_numbered(item, tokens).items())
    )


def _numbered(item: EventItem, tokens: list[str]) -> dict[int, str]:
    """Find the number of each attempt of one generation."""
    attempts = item.attempts
    numbered = {int(attempts[each].number): each for each in tokens if attempts[each].number}
    is_current = attempts[tokens[0]].generation == item.generation
    # The last attempt of an earlier generation ended it, and so wrote its number.
    newest = int(item.attempt_number) if is_current else max(numbered, default=len(tokens))
    left = [each for each in range(1, newest + 1) if each not in numbered]
    unnumbered = sorted(
        (each for each in tokens if not attempts[each].number),
        key=lambda token: (token == item.owner, attempts[token].started_at),
    )
    # Whatever has been forgotten was older than all of these.
    numbered.update(zip(left[len(left) - len(unnumbered) :], unnumbered, strict=True))
    return numbered


def _to_attempt(token: str, stored: AttemptMap, number: int, *, is_running: bool) -> Attempt:
    outcome = Outcome(stored.outcome) if stored.outcome else None
    if outcome is None and not is_running:
        outcome = Outcome.LOST
    return Attempt(
        token=token,
        number=number,
        generation=int(stored.generation),
        worker=stored.worker,
        version=stored.version,
        started_at=from_microseconds(stored.started_at),
        ended_at=_optional_time(stored.ended_at),
        outcome=outcome,
        error=_to_error(stored),
    )


def _to_error(stored: AttemptMap) -> AttemptError | None:
    if stored.error_type is None:
        return None
    return AttemptError(
        type=stored.error_type,
        message=stored.error_message or "",
        fingerprint=stored.error_fingerprint or "",
        traceback=stored.error_traceback or "",
    )


def _to_replay(generation: int, replay: ReplayMap) -> Replay:
    return Replay(
        generation=generation,
        replayed_at=from_microseconds(replay.replayed_at),
        actor=replay.actor,
        reason=replay.reason,
        plan_id=replay.plan_id,
        payload_version=int(replay.payload_version or 1),
        traceparent=replay.traceparent,
    )


def _to_erasure(generation: int, erasure: ErasureMap) -> Erasure:
    return Erasure(
        generation=generation,
        erased_at=from_microseconds(erasure.erased_at),
        actor=erasure.actor,
        reason=erasure.reason,
        is_finished=erasure.unfinished is None,
    )


def _to_payload_version(version: int, payload: PayloadMap) -> PayloadVersion:
    return PayloadVersion(
        version=version,
        created_at=from_microseconds(payload.created_at),
        actor=payload.actor,
        item_id=payload.item_id,
    )


def _optional_time(microseconds: float | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _by_number(entry: tuple[str, Any]) -> int:
    return int(entry[0])
