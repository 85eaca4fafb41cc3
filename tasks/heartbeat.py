"""The worker's heartbeat: what staff see of it, written every HEARTBEAT_SECONDS by a thread."""

import threading
from contextlib import suppress

import structlog
from celery.signals import worker_process_shutdown, worker_ready, worker_shutdown
from celery.worker import state
from django.conf import settings

from events import services
from events.errors import EventError

logger = structlog.get_logger(__name__)

# A beat that is under way when the worker stops ends sooner, or the store is away.
_LAST_BEAT_SECONDS = 5.0

_stop = threading.Event()
_thread: threading.Thread | None = None


@worker_ready.connect(weak=False)
def _start(**_: object) -> None:
    global _thread  # noqa: PLW0603  # one per process, started once
    services.start_counters()
    _thread = threading.Thread(target=_beat, name="heartbeat", daemon=True)
    _thread.start()


@worker_shutdown.connect(weak=False)
def leave(**_: object) -> None:
    """Store what was counted, and take the worker off the list; once."""
    if _stop.is_set():
        return
    _stop.set()
    services.flush_counters()
    services.flush_error_groups()
    if _thread is not None:
        # Its last beat would put the worker back on the list.
        _thread.join(_LAST_BEAT_SECONDS)
    # One that is away would be shown as silent, and forgotten after an hour.
    with suppress(EventError):
        services.forget_worker(settings.WORKER_NAME)


@worker_process_shutdown.connect(weak=False)
def _end_child(**_: object) -> None:
    # A child of the prefork pool, which ends without Python's own clearing up.
    services.flush_counters()
    services.flush_error_groups()


def _beat() -> None:
    while not _stop.is_set():
        try:
            services.record_heartbeat(
                worker=settings.WORKER_NAME, active=len(state.active_requests)
            )
        except EventError as error:
            logger.debug("heartbeat_postponed", reason=str(error))
        except Exception:
            # A worker that works must be seen to.
            logger.exception("heartbeat_failed")
        _stop.wait(settings.HEARTBEAT_SECONDS)
