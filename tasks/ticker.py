"""One daemon thread per process that looks at things in hand a few times a second."""

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

Thing = TypeVar("Thing")

logger = structlog.get_logger(__name__)

TICK_SECONDS = 0.25


class Ticker(Generic[Thing]):
    """Calls ``look`` with each thing in hand on every tick, under the lock that guards them.

    The thread starts with the first thing, in whichever process that is.
    """

    def __init__(self, name: str, look: Callable[[Thing, float], None]) -> None:
        self._name = name
        self._look = look
        self._things: dict[int, Thing] = {}
        self._is_running = False
        self._reset()
        # A forked child inherits neither the thread nor what it looked after.
        os.register_at_fork(after_in_child=self._reset)

    def add(self, thing: Thing) -> None:
        with self._lock:
            self._things[id(thing)] = thing
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def discard(self, thing: Thing) -> None:
        with self._lock:
            self._things.pop(id(thing), None)

    def things(self) -> list[Thing]:
        with self._lock:
            return list(self._things.values())

    def _run(self) -> None:
        while True:
            try:
                time.sleep(TICK_SECONDS)
                self._look_at_all()
            except Exception:
                # Without this thread every attempt would lose its lease.
                logger.exception("tick_failed", ticker=self._name)

    def _look_at_all(self) -> None:
        now = time.monotonic()
        with self._lock:
            for thing in self._things.values():
                self._look(thing, now)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._things = {}
        self._is_running = False
