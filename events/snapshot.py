"""What SQL holds, kept in memory: no request waits for a database, nor fails for one."""

import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from django.db import Error

from events import background
from events.errors import DatabaseUnavailable

_logger = structlog.get_logger(__name__)

Value = TypeVar("Value")

# A reader who needs a load waits so long for it, counted from its start: a database that hangs
# costs those who come at first this much, and the rest nothing.
_PATIENCE_SECONDS = 2.0
_FIRST_WAIT_SECONDS = 0.5


class Snapshot(Generic[Value]):
    """Keeps what ``load`` returns for up to ``max_age_seconds``.

    There is no timer: readers keep it fresh. From half the age on the next reader starts a load in
    the background, and everybody goes on with what is held. Past the whole age, as in a process
    that was idle, readers wait for the load. While the database is away the last one is kept, and
    loads are tried with growing pauses. Each load has a thread of its own, so that no other thread
    ever holds a database connection.
    """

    _run: "_Run | None"
    _wait_seconds: float
    _failed_at: float

    def __init__(self, load: Callable[[], Value], *, max_age_seconds: float) -> None:
        self._load = load
        self._max_age_seconds = max_age_seconds
        self._held: _Held[Value] | None = None
        self._reset()
        _instances.add(self)

    def get(self, *, max_age_seconds: float | None = None) -> Value:
        """Return what SQL held at most so long ago; no query, except where a load is due.

        A lower ``max_age_seconds`` asks for a fresher one, but no more often than loads may be
        tried. Raises DatabaseUnavailable while nothing was ever loaded.
        """
        held = self._held
        now = time.monotonic()
        if max_age_seconds is None:
            # Started at half the age, a load is done before anybody has to wait for it.
            if held is not None and now - held.loaded_at < self._max_age_seconds / 2:
                return held.value
            max_age_seconds = self._max_age_seconds
        elif held is not None and now - held.loaded_at < max_age_seconds:
            return held.value
        return self._get_due(held, now, max_age_seconds)

    def forget(self) -> None:
        """Drop what is held, as if nothing had ever been loaded."""
        self._held = None
        self._reset()

    def _get_due(self, held: "_Held[Value] | None", now: float, max_age_seconds: float) -> Value:
        is_known_away = now - self._failed_at < self._max_age_seconds
        run = self._start_load(now)
        must_wait = held is None or now - held.loaded_at >= max_age_seconds
        if run is not None and must_wait and not is_known_away:
            run.is_done.wait(max(0.0, run.started_at + _PATIENCE_SECONDS - now))
        held = self._held
        if held is None:
            raise DatabaseUnavailable("nothing was ever loaded, and the database does not answer")
        return held.value

    def _start_load(self, now: float) -> "_Run | None":
        """Return the load that is under way, a new one if need be; None while in a pause."""
        with self._lock:
            # A load that hangs for longer is given up: the next may have a better connection.
            if self._run is not None and now - self._run.started_at < self._max_age_seconds:
                return self._run
            if now < self._failed_at + self._wait_seconds:
                return None
            run = self._run = _Run(now)
        if not background.run(lambda: self._try_load(run)):
            # The next reader tries again.
            self._end(run)
        return run

    def _try_load(self, run: "_Run") -> None:
        try:
            value = self._load()
        except Exception as error:
            self._note_failure(error)
            if not isinstance(error, Error):
                raise
        else:
            self._note_success(_Held(value, run.started_at))
        finally:
            self._end(run)

    def _end(self, run: "_Run") -> None:
        with self._lock:
            if self._run is run:
                self._run = None
        run.is_done.set()

    def _note_failure(self, error: Exception) -> None:
        if not self._wait_seconds:
            # Once for an outage; the text may hold what was asked, so the kind must do.
            kind = type(error).__name__
            _logger.warning("database_away", load=self._load.__module__, kind=kind)
        longest_seconds = self._max_age_seconds / 2
        self._wait_seconds = min(2 * self._wait_seconds or _FIRST_WAIT_SECONDS, longest_seconds)
        self._failed_at = time.monotonic()

    def _note_success(self, held: "_Held[Value]") -> None:
        if self._wait_seconds:
            _logger.info("database_back", load=self._load.__module__)
        with self._lock:
            # One that was given up may answer late, after its successor.
            if self._held is None or self._held.loaded_at < held.loaded_at:
                self._held = held
        self._wait_seconds = 0.0
        self._failed_at = -self._max_age_seconds

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._run = None
        self._wait_seconds = 0.0
        self._failed_at = -self._max_age_seconds


@dataclass(frozen=True, slots=True)
class _Held(Generic[Value]):
    """What a load returned; as old as its question, not as its answer."""

    value: Value
    loaded_at: float


class _Run:
    """A load under way."""

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.is_done = threading.Event()


_instances: "weakref.WeakSet[Snapshot[Any]]" = weakref.WeakSet()


def _reset_after_fork() -> None:
    # A child inherits the lock and the load of threads that do not exist in it.
    for instance in _instances:
        instance._reset()  # noqa: SLF001


os.register_at_fork(after_in_child=_reset_after_fork)
