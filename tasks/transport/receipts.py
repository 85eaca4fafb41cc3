"""Background calls about received messages, ten to a call: nobody waits for their answers."""

import logging
import math
import os
import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from tasks.transport.outage import Outage, pause_seconds

MAX_ENTRIES = 10

log = logging.getLogger(__name__)


class Queue(NamedTuple):
    """Where a message came from and the client that may speak about it."""

    client: Any
    url: str


@dataclass(slots=True, kw_only=True, eq=False)
class Change:
    """Something to be done about one received message."""

    queue: Queue
    receipt: str
    give_up_at: float
    not_before: float = 0.0
    attempts: int = 0


class ReceiptBatches:
    """Collects changes and sends them in batches; a newer change of a message replaces the older.

    A change lost in a crash only means that SQS delivers the message again.
    """

    _pending: dict[str, Change]
    _wake_at: float

    def __init__(self, name: str, *, threads: int, linger_seconds: float) -> None:
        self._name = name
        self._threads = threads
        self._linger_seconds = linger_seconds
        self._reset()
        # A child inherits locks and work of threads that do not exist in it.
        os.register_at_fork(after_in_child=self._reset)

    def flush(self, timeout_seconds: float) -> bool:
        """Send what waits, now; say whether all of it was done in time."""
        end = time.monotonic() + timeout_seconds
        with self._changed:
            self._flushes += 1
            while self._is_busy() and time.monotonic() < end:
                self._changed.notify_all()
                self._changed.wait(0.05)
            self._flushes -= 1
            return not self._is_busy()

    def _call(self, queue: Queue, changes: list[Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _refused(self, change: Any, failure: dict[str, Any]) -> None:
        """Hear of a change that SQS will never accept."""
        raise NotImplementedError

    def _is_wanted(self, change: Change) -> bool:  # noqa: ARG002  # for subclasses
        """Say, under the lock, whether a change that failed is still to be made."""
        return True

    def _refill(self, now: float) -> float:  # noqa: ARG002  # for subclasses
        """Add what is due by itself, under the lock; return when to be asked again."""
        return math.inf

    def _add(self, change: Change, *, is_urgent: bool = False) -> None:
        """Queue a change; the lock is held."""
        if not self._has_threads:
            self._start()
        linger_seconds = 0.0 if is_urgent else self._linger_seconds
        change.not_before = time.monotonic() + linger_seconds
        self._pending[change.receipt] = change
        # One thread lingers; another is wanted only when there is a batch for it.
        if change.not_before < self._wake_at or len(self._pending) % MAX_ENTRIES == 0:
            self._wake_at = min(self._wake_at, change.not_before)
            self._changed.notify()

    def _start(self) -> None:
        self._has_threads = True
        for number in range(self._threads):
            name = f"{self._name}-{number}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            try:
                retries = self._send(batch)
            except Exception:
                # Without this thread, every message in hand would time out.
                log.exception("%s dropped %d changes", self._name, len(batch))
                retries = []
            with self._changed:
                self._sending -= 1
                for change in filter(self._is_wanted, retries):
                    self._pending.setdefault(change.receipt, change)
                if self._flushes:
                    self._changed.notify_all()

    def _next_batch(self) -> list[Change]:
        with self._changed:
            while True:
                now = time.monotonic()
                beat_at = self._refill(now)
                batch = self._take(now)
                if batch:
                    self._sending += 1
                    # Nobody else may be waiting, so the next change has to wake somebody.
                    self._wake_at = math.inf
                    return batch
                times = [change.not_before for change in self._pending.values()]
                self._wake_at = min([beat_at, *times])
                is_idle = math.isinf(self._wake_at)
                self._changed.wait(None if is_idle else max(self._wake_at - now, 0.001))

    def _take(self, now: float) -> list[Change]:
        # A call for one that is due takes along those that still linger.
        is_hurried = (
            self._flushes > 0
            or len(self._pending) >= MAX_ENTRIES
            or any(change.not_before <= now for change in self._pending.values())
        )
        batch: list[Change] = []
        for change in self._pending.values():
            is_ready = change.not_before <= now or (is_hurried and not change.attempts)
            if is_ready and (not batch or change.queue.url == batch[0].queue.url):
                batch.append(change)
            if len(batch) == MAX_ENTRIES:
                break
        for change in batch:
            del self._pending[change.receipt]
        return batch

    def _send(self, batch: list[Change]) -> list[Change]:
        """Make one call; return the changes to try again."""
        try:
            answer = self._call(batch[0].queue, batch)
        except Exception as error:  # noqa: BLE001  # whatever went wrong, the next try may succeed
            self._outage.failed(error)
            return self._postponed(batch)
        self._outage.ended()
        postponed = []
        for failure in answer.get("Failed", ()):
            change = batch[int(failure["Id"])]
            if failure.get("SenderFault"):
                self._refused(change, failure)
            else:
                postponed.append(change)
        return self._postponed(postponed)

    def _postponed(self, changes: list[Change]) -> list[Change]:
        now = time.monotonic()
        for change in changes:
            change.attempts += 1
            change.not_before = now + pause_seconds(change.attempts)
        return [change for change in changes if change.not_before < change.give_up_at]

    def _is_busy(self) -> bool:
        return bool(self._pending or self._sending)

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._pending = {}
        self._sending = 0
        self._flushes = 0
        self._wake_at = math.inf
        self._has_threads = False
        self._outage = Outage(self._name, log)
