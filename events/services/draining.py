"""What becomes of events that wait for a pause: dispatched when it is over, kept until then."""

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter

import structlog

from events import clock
from events.pause import Pause, PauseState
from events.services.attempts import NEAR_EXPIRY
from events.services.pauses import end_pause
from events.services.recovery import keep_open, recover_entry
from events.store import codec, events, pauses
from events.store.events import DueEntry
from events.store.parking import Span, parked_at, span_of, spans_outside
from events.store.shards import read_shard_count

_logger = structlog.get_logger(__name__)

# A step is at most a second's worth, as for replay plans.
_STEP_LIMIT = 200
# Processes that have not heard of the end of a pause still let events wait for it.
_HEARSAY = timedelta(seconds=10)
_MOMENT_SECONDS = 1.0
# An event that waits is looked at again before it can expire.
_TENDED_EVERY = NEAR_EXPIRY / 2


def drain_pause(pause_id: str, *, executor: Executor) -> float | None:
    """Dispatch some events that waited for a pause; return for how many seconds to wait then.

    None means that it is over, or paused again. Safe to be cut off, to be repeated, and for
    several workers at once: recovery dispatches what was taken out of its place and was not sent.
    Raises StoreUnavailable, StoreThrottled or QueueUnavailable.
    """
    pause = next((each for each in pauses.read_live() if each.pause_id == pause_id), None)
    if pause is None or pause.state is not PauseState.DRAINING or pause.rate is None:
        return None
    entries = _oldest(span_of(pause.place), limit=min(pause.rate, _STEP_LIMIT))
    if entries:
        dispatched = sum(executor.map(recover_entry, entries))
        _logger.info("paused_events_dispatched", pause_id=pause_id, count=dispatched)
        return len(entries) / pause.rate
    if pause.resumed_at is None or clock.now() < pause.resumed_at + _HEARSAY:
        return _MOMENT_SECONDS
    end_pause(pause)
    return None


def tend_parked_events(*, limit: int, executor: Executor) -> int:
    """Keep from expiring what has waited for days, and dispatch what waits for no pause.

    A process that stood still may let an event wait for a pause that has ended long ago. Looks at
    ``limit`` events of each kind; returns how many were dispatched. Raises as ``drain_pause``.
    """
    live = pauses.read_live()
    strays = [
        entry
        for span in spans_outside([each.place for each in live])
        for entry in _oldest(span, limit=limit)
    ]
    for pause in live:
        _tend(pause, limit=limit, executor=executor)
    return sum(executor.map(recover_entry, strays))


def _tend(pause: Pause, *, limit: int, executor: Executor) -> None:
    since = codec.to_microseconds(clock.now() - _TENDED_EVERY)

    def keep(entry: DueEntry) -> None:
        due_at = parked_at(pause.place, clock.now_microseconds())
        item = events.postpone(entry, due_at=due_at)
        if item is not None:
            keep_open(item)

    list(executor.map(keep, _oldest(span_of(pause.place, until_microseconds=since), limit=limit)))


def _oldest(span: Span, *, limit: int) -> list[DueEntry]:
    """Return the events that have waited for longest in a stretch of the open index."""
    return list(islice(merge(*_by_shard(span, limit), key=attrgetter("due_at")), limit))


def _by_shard(span: Span, limit: int) -> Iterator[list[DueEntry]]:
    for shard in range(read_shard_count()):
        yield events.parked_entries(shard, span, limit=limit)
