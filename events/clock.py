"""AWS time: the local clock, corrected by the ``Date`` of AWS's answers.

Leases and due times are compared across hosts, so a host whose clock is wrong by minutes must
neither steal a lease nor wait for one. ``Date`` has whole seconds: each answer says only that AWS
time was within one second, give or take the round trip. A local clock inside those bounds is
trusted as it is, so that a host with a good clock keeps its microseconds.
"""

import os
import threading
import time
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# An answer is looked at this often; parsing each one would cost more than it tells.
_OBSERVE_EVERY_SECONDS = 2.0
# A local clock that jumps is noticed once the older answers have fallen out.
_ANSWERS_REMEMBERED = 8

_lock = threading.Lock()
_bounds: deque[tuple[float, float]] = deque(maxlen=_ANSWERS_REMEMBERED)
_offset_seconds = 0.0
_observed_at = -_OBSERVE_EVERY_SECONDS


def now() -> datetime:
    """Return AWS time as an aware UTC datetime."""
    return datetime.fromtimestamp(time.time() + _offset_seconds, UTC)


def now_microseconds() -> int:
    """Return AWS time in microseconds since the epoch."""
    return int((time.time() + _offset_seconds) * 1_000_000)


def offset_seconds() -> float:
    """Return by how much the local clock is corrected."""
    return _offset_seconds


def observe(date_header: str, *, sent_at: float, received_at: float) -> None:
    """Learn from an answer; both times are ``time.time()`` around the call."""
    global _offset_seconds, _observed_at  # noqa: PLW0603  # one clock per process
    if time.monotonic() - _observed_at < _OBSERVE_EVERY_SECONDS:
        return
    server_seconds = parsedate_to_datetime(date_header).timestamp()
    with _lock:
        _observed_at = time.monotonic()
        _bounds.append((server_seconds - received_at, server_seconds + 1 - sent_at))
        _offset_seconds = _estimate()


def _estimate() -> float:
    lowest = max(low for low, _ in _bounds)
    highest = min(high for _, high in _bounds)
    if lowest > highest:
        # The answers contradict each other: the local clock was set. Start over with the newest.
        newest = _bounds[-1]
        _bounds.clear()
        _bounds.append(newest)
        lowest, highest = newest
    return min(max(0.0, lowest), highest)


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603  # the parent's may be held by a thread that is not here
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
