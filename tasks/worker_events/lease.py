"""The right to read the queue: two readers would each count a part of the events."""

import contextlib
import os
import signal
import threading
import time

import structlog
from django.conf import settings

from events.errors import Retryable
from events.services import leases

LEASE_NAME = "worker-events-reader"
LEASE_SECONDS = 20
_TRY_SECONDS = 1.0
# A lease that was left behind ends within its length; this much more is for the clocks.
_MARGIN_SECONDS = 3.0
_RELEASE_TIMEOUT_SECONDS = 2.0

logger = structlog.get_logger(__name__)


class ReaderLease:
    """Held by one process at a time and renewed by a thread while that process lives.

    ``loss`` says why the lease is gone, once it is; the main thread then gets a SIGTERM.
    """

    def __init__(self, owner: str) -> None:
        self.loss: str | None = None
        self._owner = owner
        self._is_store_away = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="reader-lease", daemon=True)

    def take(self) -> None:
        """Wait for the lease; raises SystemExit if another process keeps renewing it.

        A lease that outlasts its own length must have been renewed by somebody who lives. Time
        in which the store was away does not count: nobody could have renewed it then.
        """
        refused_at: float | None = None
        while True:
            is_ours = self._acquire()
            if is_ours:
                break
            if is_ours is None:
                refused_at = None
            elif refused_at is None:
                refused_at = time.monotonic()
                logger.info("exporter_waits", lease=LEASE_NAME)
            elif time.monotonic() - refused_at > LEASE_SECONDS + _MARGIN_SECONDS:
                raise SystemExit(
                    f"Another exporter is reading the queue {settings.WORKER_EVENTS_QUEUE}, "
                    f"and each event can be counted by one only: stop it first."
                )
            time.sleep(_TRY_SECONDS)
        self._thread.start()

    def give_back(self) -> None:
        """Let the next reader start at once; without the store it waits for the lease's end."""
        self._is_over.set()
        self._thread.join(_RELEASE_TIMEOUT_SECONDS)

    def _keep(self) -> None:
        while not self._is_over.wait(LEASE_SECONDS / 4):
            # None, the store being away, is no loss: nobody else can take the lease then either.
            if self._acquire() is False:
                self.loss = (
                    "Another exporter took over the queue, since this one "
                    f"did not renew its lease for {LEASE_SECONDS} s."
                )
                os.kill(os.getpid(), signal.SIGTERM)
                return
        with contextlib.suppress(Retryable):
            leases.release_lease(LEASE_NAME, self._owner)

    def _acquire(self) -> bool | None:
        """Take or renew the lease; None says that the store did not answer."""
        try:
            is_ours: bool = leases.acquire_lease(LEASE_NAME, self._owner, LEASE_SECONDS)
        except Retryable as error:
            if not self._is_store_away:
                logger.warning("exporter_lease_unknown", reason=error.code)
            self._is_store_away = True
            return None
        self._is_store_away = False
        return is_ours
