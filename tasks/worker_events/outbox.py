"""Events wait here for a thread that sends them, so that no worker ever waits for SQS."""

import os
import threading
import weakref
from collections import deque
from itertools import islice

from tasks.worker_events.message import pack_events
from tasks.worker_events.queue_client import QUEUE_ERRORS, OutageLog, QueueClient

# At about 250 bytes each: 12 MB, or the events of 100 tasks a second for three minutes.
_MAX_WAITING = 50_000
# One message a second then carries more than a worker process can cause.
_MAX_EVENTS_PER_MESSAGE = 4_000
_SEND_INTERVAL_SECONDS = 1.0


class Outbox:
    """Sends what was put into it with at most one request a second, for as long as it takes.

    While SQS is away, events wait; when too many do, the oldest are dropped and counted. A
    message whose answer got lost is sent again unchanged, so that the receiver can tell.
    """

    def __init__(
        self,
        queue_name: str,
        *,
        max_waiting: int = _MAX_WAITING,
        interval_seconds: float = _SEND_INTERVAL_SECONDS,
    ) -> None:
        self._queue_name = queue_name
        self._max_waiting = max_waiting
        self._interval_seconds = interval_seconds
        self._start_empty()
        _instances.add(self)

    def _start_empty(self) -> None:
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._lines: deque[str] = deque(maxlen=self._max_waiting)
        self._bodies: deque[str] = deque()
        self._dropped_count = 0
        self._queue = QueueClient(self._queue_name)
        self._outage = OutageLog(self._queue_name)

    def put(self, line: str) -> None:
        """Take one event, a line of JSON; never waits for the network and never fails."""
        with self._lock:
            if len(self._lines) == self._max_waiting:
                self._dropped_count += 1
            self._lines.append(line)
            # Started late, since a process that forks loses its threads; started again, since
            # a thread that some unforeseen error ended must not be the end of all metrics.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="worker-events", daemon=True)
                self._thread.start()

    def close(self, timeout_seconds: float) -> None:
        """Send what waits, within the given time; what is left then is lost."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._is_closing.wait(self._interval_seconds):
            self._send_one()
        while self._send_one():
            pass

    def _send_one(self) -> bool:
        """Send one message; false if there was none or SQS did not take it."""
        if not self._bodies:
            self._bodies.extend(self._take())
        if not self._bodies:
            return False
        try:
            self._queue.send(self._bodies[0])
        except QUEUE_ERRORS as error:
            self._outage.note_failure(error)
            return False
        self._bodies.popleft()
        self._outage.note_success(dropped_total=self._dropped_count)
        return True

    def _take(self) -> list[str]:
        with self._lock:
            lines = list(islice(self._lines, _MAX_EVENTS_PER_MESSAGE))
            for _ in lines:
                self._lines.popleft()
        return pack_events(lines) if lines else []


_instances: "weakref.WeakSet[Outbox]" = weakref.WeakSet()


def _reset_after_fork() -> None:
    # A child inherits a lock that may be held, a thread that is gone, and events and a
    # connection that are still its parent's.
    for outbox in _instances:
        outbox._start_empty()  # noqa: SLF001  # same module


os.register_at_fork(after_in_child=_reset_after_fork)
