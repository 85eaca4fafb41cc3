"""Replacing a worker process that holds a thread which cannot be ended."""

import logging
import os
import signal
import threading

import structlog
from celery.signals import worker_shutdown
from django.conf import settings

from events import tracing
from tasks import heartbeat
from tasks.worker_events.dispatcher import close_outbox

logger = structlog.get_logger(__name__)

_lock = threading.Lock()
_hung_threads = 0


def replace_process() -> None:
    """Have this process end and its manager start another; neighbours finish first.

    A child of the prefork pool ends at once: it has no neighbours, and Celery replaces it.
    """
    global _hung_threads  # noqa: PLW0603  # a fact about this process
    if settings.WORKER_POOL == "prefork":
        _end_process(1)
    with _lock:
        _hung_threads += 1
        is_first = _hung_threads == 1
    if is_first:
        logger.warning("worker_replaced", reason="a handler hangs")
        os.kill(os.getpid(), signal.SIGTERM)


def hung_threads() -> int:
    """Return how many threads of this process will never come back."""
    return _hung_threads


@worker_shutdown.connect(weak=False)
def _end_despite_running_threads(**_: object) -> None:
    # Python would wait for the pool's threads, and a hung or handed-back one never ends.
    # By now every message is settled and every buffer flushed.
    if settings.WORKER_POOL == "threads" and any(_is_pool_thread(t) for t in threading.enumerate()):
        # Who is to hear of the end after this function never will, and that order is the imports'.
        heartbeat.leave()
        close_outbox()
        _end_process(0)


def _is_pool_thread(thread: threading.Thread) -> bool:
    return thread.name.startswith("ThreadPoolExecutor") and not thread.daemon


def _end_process(code: int) -> None:
    tracing.flush()
    logging.shutdown()
    os._exit(code)
