"""What belongs to no tenant: the open index, the queues and the workers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from events import clock
from events.dispatch import dispatcher
from events.errors import QueueUnavailable
from events.event import WorkerSeen
from events.store import codec, events, heartbeats
from events.store.shards import shard_count

# Counting reads every entry, so it stops here and says so.
_COUNT_LIMIT = 1_000
# A worker that missed so many heartbeats is not counted on.
_HEARTBEATS_MISSED = 3


def get_platform_stats() -> dict[str, Any]:
    """Return what is open, queued and at work; two looks at each shard, and one at the workers."""
    return {"open_all_tenants": _open(), "queues": _depths(), "workers": _workers()}


def count_entries(index: str, key_name: str, keys: Iterable[str]) -> dict[str, Any]:
    """Count the entries of an index, up to a thousand under each key."""
    counts = [events.count(index, key_name, [key], limit=_COUNT_LIMIT) for key in keys]
    return {"count": sum(counts), "is_exact": max(counts) < _COUNT_LIMIT}


def _open() -> dict[str, Any]:
    shards = range(shard_count())
    overdue = [entry.due_at for shard in shards for entry in events.due_entries(shard, limit=1)]
    return {
        "as_of": clock.now(),
        **count_entries("open", "open_key", [str(shard) for shard in shards]),
        # The index is sorted by when an event should move, and not by age.
        "overdue_since": codec.from_microseconds(min(overdue)) if overdue else None,
    }


def _depths() -> dict[str, Any] | None:
    try:
        depths = dispatcher().depths()
    except QueueUnavailable:
        return None
    shown = {
        name: {"visible": each.visible, "in_flight": each.in_flight, "delayed": each.delayed}
        for name, each in depths.items()
    }
    # As SQS estimates them.
    return {"as_of": clock.now(), "is_exact": False, **shown}


def _workers() -> dict[str, Any]:
    now = clock.now()
    workers, are_all = heartbeats.read()
    kept_since = now - timedelta(seconds=heartbeats.KEPT_SECONDS)
    alive_since = now - timedelta(seconds=_HEARTBEATS_MISSED * settings.HEARTBEAT_SECONDS)
    seen = [_show_worker(each, alive_since) for each in workers if each.seen_at > kept_since]
    return {"as_of": now, "is_exact": are_all, "seen": seen}


def _show_worker(worker: WorkerSeen, alive_since: datetime) -> dict[str, Any]:
    return {
        "name": worker.name,
        "host": worker.host,
        "version": worker.version,
        "active": worker.active,
        "last_seen": worker.seen_at,
        "is_alive": worker.seen_at > alive_since,
    }
