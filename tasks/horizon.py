"""How far workers have come in the queue: when the messages they now receive were sent."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

# Messages of different tenants come out of order, so the oldest of a while counts.
_WINDOW_SECONDS = 60.0


class QueueHorizon:
    """Learns from each poll; unknown until the first one, and none once the queue is drained."""

    def __init__(self) -> None:
        self._sightings: deque[tuple[float, int]] = deque()
        self._watching_since = time.monotonic()
        self._is_drained = False

    @property
    def microseconds(self) -> int | None:
        """Return when the oldest recent message was sent; 0 while unknown, None if drained.

        A worker that is too busy to poll keeps what it saw last: the queue has not moved for it.
        """
        if self._is_drained:
            return None
        # A copy, made in one step: the consuming thread changes the original meanwhile.
        return min((sent for _, sent in tuple(self._sightings)), default=0)

    def observe(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Take note of what a completed poll brought, in SQS's own form."""
        now = time.monotonic()
        fresh = [_sent_microseconds(each) for each in messages if _is_fresh(each)]
        if fresh:
            self._sightings.append((now, min(fresh)))
        while self._sightings and self._sightings[0][0] < now - _WINDOW_SECONDS:
            self._sightings.popleft()
        # A queue that for a while brings nothing but retries has nothing else to bring.
        has_only_retries = not self._sightings and now - self._watching_since > _WINDOW_SECONDS
        self._is_drained = not messages or has_only_retries or (self._is_drained and not fresh)
        if self._is_drained:
            self._sightings.clear()


def _is_fresh(message: Mapping[str, Any]) -> bool:
    # A message that waited for a retry is old without the queue being so.
    return bool(message["Attributes"].get("ApproximateReceiveCount") == "1")


def _sent_microseconds(message: Mapping[str, Any]) -> int:
    return int(message["Attributes"]["SentTimestamp"]) * 1_000


horizon = QueueHorizon()
