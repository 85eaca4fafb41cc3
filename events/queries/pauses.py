"""Reading pauses: what waits, since when, who wanted it and why."""

from events.errors import PauseNotFound
from events.pause import Pause
from events.store import events, pauses
from events.store.parking import span_of
from events.store.shards import shard_count

LISTED_LIMIT = 100
# Counting reads every entry, so it stops here and says so.
_COUNT_LIMIT = 1_000


def list_pauses() -> list[Pause]:
    """Return the pauses of all tenants, the newest first: all that hold or drain, and ended ones.

    LISTED_LIMIT of those that have ended, at most.
    """
    live = pauses.read_live()
    # Read last: one that ends meanwhile is seen here, at least.
    ended = pauses.read_ended()[-LISTED_LIMIT:]
    found = {each.pause_id: each for each in [*ended, *live]}
    return sorted(found.values(), key=lambda each: each.paused_at, reverse=True)


def list_live_pauses() -> list[Pause]:
    """Return the pauses that have not ended, of all tenants; one query."""
    return pauses.read_live()


def get_pause(pause_id: str) -> Pause:
    """Return a pause as it is now; raises PauseNotFound."""
    for pause in list_pauses():
        if pause.pause_id == pause_id:
            return pause
    raise PauseNotFound(f"There is no pause {pause_id}.")


def find_pause(*, tenant: str, event_type: str) -> Pause | None:
    """Return a pause that events of a tenant and type wait for, as known for seconds at most."""
    return pauses.known_pauses().find(tenant, event_type)


def list_known_pauses() -> list[Pause]:
    """Return what is held back, of all tenants, as this process has known it for seconds."""
    return list(pauses.known_pauses())


def count_waiting(pause: Pause) -> tuple[int, bool]:
    """Count the events that wait for a pause, up to a thousand in each shard, and say if exactly.

    A query for each shard.
    """
    span = span_of(pause.place)
    counts = [
        events.count_parked(shard, span, limit=_COUNT_LIMIT) for shard in range(shard_count())
    ]
    return sum(counts), max(counts) < _COUNT_LIMIT
