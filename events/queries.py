"""What may be asked about events: every read of the platform starts here."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from events import identity
from events.dispatch import dispatcher
from events.errors import EventError, EventNotFound, QueueUnavailable
from events.event import Event
from events.store import codec, events
from events.store.shards import shard_count

# Counting reads every entry, so it stops here and says so.
_COUNT_LIMIT = 1_000
# Whoever asks for readiness gives up after a few seconds.
_CHECK_SECONDS = 1.0


def get_event(event_id: str, *, tenant: str) -> Event:
    """Return an event with its attempts; one read, and one more for a large payload."""
    item = events.read(event_id) if identity.is_event_id(event_id) else None
    if item is None or item.tenant != tenant or events.is_expired(item):
        raise EventNotFound(f"There is no event {event_id}.")
    return codec.to_event(item, events.read_payload(item))


def get_stats(*, tenant: str) -> dict[str, Any]:
    """Return how much is open, dead and queued; reads two index pages per shard."""
    shards = range(shard_count())
    open_keys = [str(shard) for shard in shards]
    dead_keys = [codec.shard_key(tenant, shard) for shard in shards]
    return {
        "tenant": tenant,
        "events": {
            # The open index knows no tenants.
            "open_all_tenants": _counted("open", "open_key", open_keys),
            "dead": _counted("dead", "dead_key", dead_keys),
        },
        "queues": _depths(),
    }


def check_dependencies() -> dict[str, str]:
    """Return ``ok`` or a short reason for each dependency; asks all at once, for a second."""
    checks = {"dynamodb": _check_store, "sqs": _check_queue}
    executor = ThreadPoolExecutor(len(checks), thread_name_prefix="check")
    try:
        asked = {name: executor.submit(check) for name, check in checks.items()}
        wait(asked.values(), timeout=_CHECK_SECONDS)
        return {name: each.result() if each.done() else "no answer" for name, each in asked.items()}
    finally:
        executor.shutdown(wait=False)


def _counted(index: str, key_name: str, keys: list[str]) -> dict[str, Any]:
    counts = [events.count(index, key_name, [key], limit=_COUNT_LIMIT) for key in keys]
    return {"count": sum(counts), "is_exact": max(counts) < _COUNT_LIMIT}


def _depths() -> dict[str, Any] | None:
    try:
        depths = dispatcher().depths()
    except QueueUnavailable:
        return None
    return {
        name: {"visible": each.visible, "in_flight": each.in_flight, "delayed": each.delayed}
        for name, each in depths.items()
    }


def _check_store() -> str:
    try:
        events.due_entries(0, limit=1)
    except EventError as error:
        return error.code
    return "ok"


def _check_queue() -> str:
    try:
        dispatcher().depths()
    except EventError as error:
        return error.code
    return "ok"


def get_shard_count() -> int:
    """Return how many shards the open index has, at most a minute old."""
    return shard_count()
