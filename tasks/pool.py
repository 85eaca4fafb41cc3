"""Celery's threads pool with an end: stopping is bounded, whatever the handlers do."""

import time
from concurrent.futures import Future
from typing import Any

import structlog
from celery.concurrency import thread
from django.conf import settings

from tasks import lease_keeper, outcomes, replacement

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.05
# The stubs leave out the pool's members.
_ThreadTaskPool: Any = thread.TaskPool


class WorkerStopped(Exception):
    """The worker was stopped while the handler ran; another worker goes on at once."""


class TaskPool(_ThreadTaskPool):  # type: ignore[misc]  # see _ThreadTaskPool
    """Waits for running handlers up to a limit, then hands their events back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running: set[Future[Any]] = set()

    def on_apply(self, *args: Any, **kwargs: Any) -> Any:
        result = super().on_apply(*args, **kwargs)
        self._running.add(result.f)
        result.f.add_done_callback(self._running.discard)
        return result

    def on_stop(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)
        ends_at = time.monotonic() + settings.STOP_SECONDS
        while len(self._running) > replacement.hung_threads() and time.monotonic() < ends_at:
            time.sleep(_POLL_SECONDS)
        for claimed in lease_keeper.held_events():
            self._hand_back(claimed)

    def _hand_back(self, claimed: Any) -> None:
        try:
            outcomes.postpone(claimed, WorkerStopped("the worker was stopped"), 0)
        except Exception:
            # The lease ends by itself soon; the next attempt then shows this one as lost.
            logger.exception("hand_back_failed", event_id=claimed.event_id)
