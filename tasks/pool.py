"""Celery's threads pool with an end: stopping is bounded, whatever the handlers do."""

import threading
import time
from concurrent.futures import Future
from typing import Any

import structlog
from celery.concurrency import thread
from celery.worker import state
from django.conf import settings

from events.event import ClaimedEvent
from tasks import lease_keeper, outcomes, replacement
from tasks.log_context import about

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.05
_HAND_BACK_SECONDS = 3.0
# The stubs leave out the pool's members.
_ThreadTaskPool: Any = thread.TaskPool


class TaskPool(_ThreadTaskPool):  # type: ignore[misc]  # see _ThreadTaskPool
    """Waits for running handlers up to a limit, then hands their events back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Those that run or wait for a thread, each with what Celery knows of it.
        self._requests: dict[Future[Any], Any] = {}
        self._stopping_since: float | None = None

    def on_apply(self, *args: Any, **kwargs: Any) -> Any:
        result = super().on_apply(*args, **kwargs)
        self._stopping_since = None
        request = getattr(kwargs.get("callback"), "__self__", None)
        self._requests[result.f] = request
        result.f.add_done_callback(self._note_end)
        return result

    def cancel_waiting(self) -> set[str]:
        """Let nothing begin that has not, and return the delivery tags of all that has.

        The first step of a stop, and of a new connection after one that was lost.
        """
        self._stopping_since = time.monotonic()
        return {
            request.message.delivery_tag
            for future, request in self._requests.copy().items()
            if not future.cancel() and request is not None
        }

    def _note_end(self, future: Future[Any]) -> None:
        request = self._requests.pop(future, None)
        if future.cancelled() or (error := future.exception()) is None:
            return
        # Celery's own steps around a task failed, so that nothing has settled its message.
        logger.error("task_broke", exc_info=error)
        if request is not None:
            state.task_ready(request)
            if not request.message.acknowledged:
                request.message.reject(requeue=True)

    def on_stop(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)
        # The last poll may have been waited for meanwhile: handlers ran on.
        ends_at = (self._stopping_since or time.monotonic()) + settings.STOP_SECONDS
        while len(self._requests) > replacement.hung_threads() and time.monotonic() < ends_at:
            time.sleep(_POLL_SECONDS)
        _hand_back(lease_keeper.held_events())


def _hand_back(held: list[ClaimedEvent]) -> None:
    """Let other workers go on at once; what the store does not take in time, its lease frees."""
    threads = [
        threading.Thread(target=_hand_back_one, args=(claimed,), daemon=True) for claimed in held
    ]
    for thread_ in threads:
        thread_.start()
    ends_at = time.monotonic() + _HAND_BACK_SECONDS
    for thread_ in threads:
        thread_.join(max(0.0, ends_at - time.monotonic()))


def _hand_back_one(claimed: ClaimedEvent) -> None:
    with about(claimed):
        try:
            outcomes.postpone(claimed, outcomes.WorkerStopped("the worker was stopped"), 0)
        except Exception:
            # The lease ends by itself soon; the next attempt then shows this one as lost.
            logger.exception("hand_back_failed")
