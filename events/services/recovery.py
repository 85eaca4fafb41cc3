"""Finding events that should have moved and did not, and dispatching them again."""

from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from events import clock, counters
from events.dispatch import dispatcher
from events.event import Status
from events.services.attempts import NEAR_EXPIRY
from events.services.new_items import LEAD
from events.services.parking import park
from events.store import codec, events
from events.store.events import DueEntry
from events.store.models import EventItem

_DUE_MICROSECONDS = settings.DISPATCH_DUE_SECONDS * 1_000_000
_LEAD_MICROSECONDS = LEAD // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What one look at a shard did; ``has_more`` asks for another look at once."""

    dispatched: int
    has_more: bool


def recover_shard(
    shard: int, *, horizon_microseconds: int | None, limit: int, executor: Executor
) -> Recovered:
    """Dispatch the due events of a shard again, oldest first, ``limit`` at most.

    ``horizon_microseconds`` is when the messages that workers now receive were sent, None when
    the queue is drained. An event dispatched after it may still be in the queue: it is left
    alone, or a backlog would be dispatched over and over. Running this twice is safe: each entry
    is moved on by a condition before it is sent. Raises StoreUnavailable, QueueUnavailable.
    """
    entries = events.due_entries(shard, limit=limit)
    overdue = [
        entry
        for entry in entries
        if horizon_microseconds is None
        # An entry falls due a fixed time after its event was last dispatched.
        or entry.due_at - _DUE_MICROSECONDS <= horizon_microseconds
    ]
    dispatched = sum(executor.map(recover_entry, overdue))
    return Recovered(dispatched=dispatched, has_more=len(overdue) == limit)


def recover_entry(entry: DueEntry) -> bool:
    """Dispatch an event that is to move, unless it is at work or paused; say whether it was."""
    now = clock.now_microseconds()
    item = events.postpone(entry, due_at=now + _DUE_MICROSECONDS)
    if item is None or Status(item.status).is_terminal:
        return False
    keep_open(item)
    # A delayed event is due shortly before its time.
    is_delayed = item.status == Status.PENDING
    if int(item.claimable_at) > now + is_delayed * _LEAD_MICROSECONDS:
        # At work under a lease, or waiting its turn; it has been looked after.
        return False
    if park(item) is not None:
        # It is paused, or somebody else looks after it just now.
        return False
    dispatcher().send(event_id=item.event_id, generation=int(item.generation), tenant=item.tenant)
    counters.count_recovered(tenant=item.tenant, event_type=item.event_type)
    return True


def keep_open(item: EventItem) -> None:
    """Save an open event from expiring before its work is done."""
    now = clock.now()
    if int(item.expires_at) > (now + NEAR_EXPIRY).timestamp():
        return
    kept_until = now + timedelta(days=settings.RETENTION_DAYS)
    for key in (item.event_id, *codec.payload_item_ids(item)):
        events.keep(key, expires_at=int(kept_until.timestamp()))
