"""How much there is of what."""

from typing import Any

from events.dispatch import dispatcher
from events.errors import QueueUnavailable
from events.store import codec, events
from events.store.shards import shard_count

# Counting reads every entry, so it stops here and says so.
_COUNT_LIMIT = 1_000


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


def get_shard_count() -> int:
    """Return how many shards the open index has, at most a minute old."""
    return shard_count()


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
