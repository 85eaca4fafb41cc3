"""Actors: threads that run one at a time and stop before every call to AWS.

Whoever drives them decides in which order they go on and what becomes of each call, so that a
schedule can be enumerated, drawn at random, shrunk and repeated.
"""

import enum
import threading
from collections.abc import Callable
from typing import Any

_local = threading.local()
_PATIENCE_SECONDS = 60


class Fault(enum.Enum):
    """What becomes of a call."""

    AWAY = "nobody answers, and nothing is done"
    THROTTLED = "the call is refused"
    LOST = "all is done, and nobody hears of it"
    VANISH_BEFORE = "the process ends before the call"
    VANISH_AFTER = "the process ends when all is done"


class Vanished(BaseException):
    """The actor's process is gone: no code of the platform may catch this."""


class Actor:
    """Somebody at work: a request, a worker with one message, a look of recovery."""

    def __init__(self, act: Callable[[], object], *, skew_microseconds: int = 0) -> None:
        self.place = "start"
        # What the actor has in hand where it stopped, for whoever drives it.
        self.holding: Any = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.is_done = False
        # The message in a worker's hand, and the event that its handler runs on.
        self.message: Any = None
        self.running: Any = None
        self.skew_microseconds = skew_microseconds
        self._act = act
        self._order: Any = None
        self._may_run = threading.Semaphore(0)
        self._has_stopped = threading.Semaphore(0)
        self._has_vanished = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go_on(self, order: object = None) -> None:
        """Let the actor do what it stopped before, and run to its next stop or its end."""
        assert not self.is_done
        self._order = order
        self._may_run.release()
        assert self._has_stopped.acquire(timeout=_PATIENCE_SECONDS), f"hangs after {self.place}"

    def _run(self) -> None:
        _local.actor = self
        self._may_run.acquire()
        try:
            if self._order is not Fault.VANISH_BEFORE:
                self.result = self._act()
        except BaseException as error:  # noqa: BLE001  # whoever drives the actor looks at it
            self.error = error
        self.is_done = True
        self._has_stopped.release()

    def _stop(self, place: str, holding: object) -> Any:
        if not self._has_vanished:
            self.place, self.holding = place, holding
            self._has_stopped.release()
            self._may_run.acquire()
        if self._has_vanished or self._order is Fault.VANISH_BEFORE:
            # Not even what a `finally` does reaches AWS any more.
            self._has_vanished = True
            raise Vanished
        return self._order

    def _vanish_here(self) -> None:
        self._has_vanished = True
        raise Vanished


def current() -> Actor | None:
    """Return the actor whose thread this is; None in the thread that drives them."""
    return getattr(_local, "actor", None)


def stop(place: str, holding: object = None) -> Any:
    """Stop the actor whose thread this is and return what its driver orders; raises Vanished."""
    actor = current()
    return None if actor is None else actor._stop(place, holding)  # noqa: SLF001  # one module


def vanish() -> None:
    """End the process of the actor whose thread this is."""
    actor = current()
    assert actor is not None
    actor._vanish_here()  # noqa: SLF001  # one module
