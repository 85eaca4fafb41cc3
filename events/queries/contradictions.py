"""What cannot be of an event's item, if each write was whole and in its turn."""

from collections.abc import Iterator

from events.event import Outcome, Status
from events.store.models import AttemptMap, EventItem

_OPEN = (Status.PENDING, Status.PROCESSING, Status.RETRYING)


def find_contradictions(item: EventItem, *, shards: int) -> Iterator[str]:
    """Yield, as halves of sentences about the event, what contradicts itself in it."""
    yield from _wrong_keys(item, shards)
    yield from _wrong_generations(item)
    status = Status(item.status)
    yield from _wrong_open_entry(item) if status in _OPEN else _wrong_end(item, status)
    match status:
        case Status.PENDING:
            yield from _wrong_pending(item)
        case Status.PROCESSING:
            yield from _wrong_processing(item)
        case Status.RETRYING:
            yield from _wrong_retrying(item)
        case Status.SUCCEEDED:
            yield from _wrong_success(item)
        case Status.DEAD:
            yield from _wrong_death(item)


def _wrong_keys(item: EventItem, shards: int) -> Iterator[str]:
    if item.sort_key.partition("#")[2] != item.event_id:
        yield "its sort key is another event's"
    prefixes = {
        "time_key": (item.time_key, f"{item.tenant}#"),
        "type_key": (item.type_key, f"{item.tenant}#{item.event_type}#"),
        "dead_key": (item.dead_key, f"{item.tenant}#"),
        "open_key": (item.open_key, ""),
    }
    for name, (key, prefix) in prefixes.items():
        is_optional = name in ("dead_key", "open_key")
        if not (key is None and is_optional) and not _is_shard_key(key, prefix, shards):
            yield f"its {name} leads lists to another place"


def _is_shard_key(key: str | None, prefix: str, shards: int) -> bool:
    if key is None or not key.startswith(prefix):
        return False
    shard = key.removeprefix(prefix)
    return shard.isdecimal() and int(shard) < shards


def _wrong_generations(item: EventItem) -> Iterator[str]:
    started = {int(each) for each in item.replays or {}}
    if started != set(range(2, int(item.generation) + 1)):
        yield f"it is in generation {int(item.generation)} and was replayed {len(started)} times"
    if item.attempt_count < max(item.attempt_number, len(item.attempts or {})):
        yield f"it has more attempts than the {int(item.attempt_count)} that were counted"


def _wrong_open_entry(item: EventItem) -> Iterator[str]:
    if item.open_key is None or item.due_at is None:
        yield f"it is {item.status} and recovery cannot find it"
    if item.claimable_at is None:
        yield f"it is {item.status} and nobody may ever claim it"
    if item.dead_key is not None:
        yield f"it is {item.status} and listed among the dead"


def _wrong_end(item: EventItem, status: Status) -> Iterator[str]:
    if item.open_key is not None or item.due_at is not None:
        yield f"it is {item.status} and still among the open"
    if item.claimable_at is not None:
        yield f"it is {item.status} and may still be claimed"
    if item.owner is not None:
        yield f"it is {item.status} and an attempt still holds it"
    if (item.dead_key is not None) is not (status is Status.DEAD):
        where = "is listed among the dead" if item.dead_key else "is not listed among the dead"
        yield f"it is {item.status} and {where}"


def _wrong_pending(item: EventItem) -> Iterator[str]:
    if item.owner is not None:
        yield "it is pending and an attempt holds it"
    if item.attempt_number:
        yield f"it is pending and {int(item.attempt_number)} attempts have begun"
    if item.claimable_at and item.process_at is None:
        yield "it is pending and waits for a time that nobody asked for"


def _wrong_processing(item: EventItem) -> Iterator[str]:
    running = (item.attempts or {}).get(item.owner)
    if running is None:
        yield "it is processing and no attempt holds it"
    elif running.outcome is not None:
        yield f"it is processing and its attempt has {running.outcome}"


def _wrong_retrying(item: EventItem) -> Iterator[str]:
    if item.owner is not None:
        yield "it is retrying and an attempt holds it"
    last = _last_attempt(item)
    if last is None or last.outcome in (None, Outcome.SUCCEEDED):
        yield "it is retrying and its last attempt has not failed"


def _wrong_success(item: EventItem) -> Iterator[str]:
    last = _last_attempt(item)
    if last is None or last.outcome != Outcome.SUCCEEDED:
        yield "it is succeeded and its last attempt has not"


def _wrong_death(item: EventItem) -> Iterator[str]:
    last = _last_attempt(item)
    if last is None or last.outcome in (None, Outcome.SUCCEEDED):
        yield "it is dead and its last attempt has not failed"


def _last_attempt(item: EventItem) -> AttemptMap | None:
    """Return the attempt that wrote the newest number of this generation."""
    return next(
        (
            each
            for each in (item.attempts or {}).values()
            if each.generation == item.generation and each.number == item.attempt_number
        ),
        None,
    )
