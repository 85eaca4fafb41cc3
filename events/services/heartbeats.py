"""Telling that a worker lives."""

import socket

from django.conf import settings

from events import clock
from events.event import WorkerSeen
from events.store import heartbeats

_HOST = socket.gethostname()


def record_heartbeat(*, worker: str, active: int) -> None:
    """Store that a worker lives and runs so many handlers; raises StoreUnavailable."""
    heartbeats.put(
        WorkerSeen(
            name=worker,
            host=_HOST,
            version=settings.VERSION,
            active=active,
            seen_at=clock.now(),
        )
    )


def forget_worker(worker: str) -> None:
    """Take a worker that was stopped off the list; raises StoreUnavailable."""
    heartbeats.delete(worker)
