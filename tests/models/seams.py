"""Where a world takes the place of what the platform speaks to: clients, clocks, ids, threads."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from events import clock, identity, registry
from events.event import ClaimedEvent
from events.pause import Pauses
from events.store import connection, pauses, shards
from tasks import dispatch, lease_keeper, transport
from tests.models import actors
from tests.models.actors import Fault
from tests.models.behaviours import AGAIN, succeed
from tests.models.world import EVENT_TYPE, HANDLER, MAX_RETRIES, World


@contextmanager
def new_world() -> Iterator[World]:
    """Build a world and take it down again, whoever is still at work in it."""
    world = World()
    numbers = count(1)
    with (
        pytest.MonkeyPatch.context() as patch,
        registry.registered(
            EVENT_TYPE, _handler_of(world), bind=True, max_retries=MAX_RETRIES, retry_backoff_max=60
        ),
        _logging_off(),
    ):
        patch.setattr(clock, "now", world.time.now)
        patch.setattr(clock, "now_microseconds", world.time.now_microseconds)
        for module in (connection, shards, pauses, dispatch):
            patch.setattr(module, "time", world.time)
        # All actors hear of a pause at once, but some time after it was made.
        patch.setattr(pauses, "_known", Pauses())
        patch.setattr(pauses, "_read_at", world.time.monotonic())
        patch.setattr(pauses, "forget_known", lambda: None)
        patch.setattr(dispatch, "_pause", dispatch._Pause())  # noqa: SLF001
        patch.setattr(shards, "_count", 0)
        patch.setattr(connection, "_client", world.dynamodb)
        patch.setattr(transport.Channel, "sqs", lambda *_, **__: world.sqs)
        # Heartbeats are the world's own, since they go by its time.
        patch.setattr(lease_keeper, "_ticker", _NoTicker())
        # An id decides about the shard and so about the order of things.
        patch.setattr(identity, "new_event_id", lambda: str(uuid.UUID(int=next(numbers))))
        try:
            yield world
        finally:
            for actor in world.actors:
                while not actor.is_done:
                    actor.go_on(Fault.VANISH_BEFORE)


@contextmanager
def _logging_off() -> Iterator[None]:
    """Log nothing: each fault would be told at length, and there are thousands."""
    # By function, not by attribute: loggers remember what is enabled until it is called.
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _handler_of(world: World) -> Callable[[Any, ClaimedEvent], object]:
    def run(task: Any, event: ClaimedEvent) -> object:
        while True:
            order = actors.stop(HANDLER, event)
            act = order if callable(order) else world.behaviours.get(event.event_id, succeed)
            result = act(task, event)
            if result is not AGAIN:
                return result

    return run


class _NoTicker:
    """Takes no note of anything."""

    def add(self, _thing: object) -> None: ...

    def discard(self, _thing: object) -> None: ...
