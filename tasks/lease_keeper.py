"""Keeps the leases of running attempts, so that nobody else takes their events."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from django.conf import settings

from events import services
from events.errors import EventError
from events.event import ClaimedEvent
from tasks.log_context import about
from tasks.ticker import Ticker

logger = structlog.get_logger(__name__)

_EXTEND_EVERY_SECONDS = settings.LEASE_SECONDS / 3


@dataclass(slots=True)
class _Lease:
    claimed: ClaimedEvent
    extend_at: float = field(default_factory=lambda: time.monotonic() + _EXTEND_EVERY_SECONDS)
    is_lost: bool = False


@contextmanager
def hold_lease(claimed: ClaimedEvent) -> Iterator[None]:
    """Extend the event's lease every third of it for the length of the block."""
    lease = _Lease(claimed)
    _ticker.add(lease)
    try:
        yield
    finally:
        _ticker.discard(lease)


def held_events() -> list[ClaimedEvent]:
    """Return the events whose attempts are running in this process."""
    return [lease.claimed for lease in _ticker.things()]


def let_go(claimed: ClaimedEvent) -> None:
    """Stop extending an event's lease before its block ends: the attempt was given up."""
    for lease in _ticker.things():
        if lease.claimed is claimed:
            _ticker.discard(lease)


def _extend_when_due(lease: _Lease, now: float) -> None:
    if now < lease.extend_at or lease.is_lost:
        return
    lease.extend_at = now + _EXTEND_EVERY_SECONDS
    _executor.submit(_extend, lease)


def _extend(lease: _Lease) -> None:
    with about(lease.claimed):
        try:
            lease.is_lost = not services.extend_lease(lease.claimed)
        except EventError as error:
            logger.warning("lease_not_extended", reason=error.code)
            return
        except Exception:
            logger.exception("lease_not_extended")
            return
        # An attempt that has just ended has no lease either.
        if lease.is_lost and any(each is lease for each in _ticker.things()):
            logger.warning("lease_lost")


def _new_executor() -> ThreadPoolExecutor:
    # One for each attempt: extensions due at once travel together, and none waits for a slow one.
    return ThreadPoolExecutor(settings.WORKER_CONCURRENCY, thread_name_prefix="lease")


def _forget_parent() -> None:
    global _executor  # noqa: PLW0603  # the parent's threads do not exist here
    _executor = _new_executor()


_executor = _new_executor()
_ticker: Ticker[_Lease] = Ticker("lease-keeper", _extend_when_due)
os.register_at_fork(after_in_child=_forget_parent)
