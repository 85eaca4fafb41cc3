"""Errands in every worker process: threads that carry out those it holds a lease on, at a pace."""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import structlog
from django.conf import settings

from events import clock
from events.errors import EventError
from tasks.horizon import horizon
from tasks.leases import Leases
from tasks.stop_signal import StopSignal

logger = structlog.get_logger(__name__)

Errand = TypeVar("Errand")

# Others take the rest; an errand's pace is bounded by what it waits for, so threads do.
_ERRANDS_AT_ONCE = 4
# A killed worker's errands go on elsewhere after this.
_LEASE_SECONDS = settings.LEASE_SECONDS
# While the queue is behind by more than this, whatever is dispatched only makes it longer.
_BEHIND_MICROSECONDS = settings.DISPATCH_DUE_SECONDS * 1_000_000


class Errands(ABC, Generic[Errand]):
    """Looks for errands once per interval and carries them out; any number of processes may."""

    # Names the leases and the threads.
    kind: str

    def __init__(self) -> None:
        self._stop = StopSignal()
        self._leases = Leases(self.kind, _LEASE_SECONDS)
        self._in_hand: set[str] = set()

    @abstractmethod
    def find(self) -> Mapping[str, Errand]:
        """Return what there is to do, by its id."""

    @abstractmethod
    def advance(self, errand: Errand) -> float | None:
        """Take a step; return how many seconds its pace allows it, None if it was the last."""

    def settle(self, errand: Errand) -> None:
        """Do what is to be done once per interval, and at the end."""

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"{self.kind}s", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        # Workers that start together must not ask together for ever.
        self._stop.wait(random.uniform(0, settings.RECOVERY_INTERVAL_SECONDS))  # noqa: S311
        with ThreadPoolExecutor(_ERRANDS_AT_ONCE, thread_name_prefix=self.kind) as executor:
            while not self._stop.is_set():
                self.look(executor)
                self._stop.wait(settings.RECOVERY_INTERVAL_SECONDS)
        self._leases.release_all()

    def look(self, executor: ThreadPoolExecutor) -> None:
        """Take the errands in hand that nobody else has."""
        try:
            for errand_id, errand in self.find().items():
                is_known = errand_id in self._in_hand or len(self._in_hand) == _ERRANDS_AT_ONCE
                if not is_known and self._leases.has(errand_id):
                    self._in_hand.add(errand_id)
                    executor.submit(self._carry_out, errand_id, errand)
        except EventError as error:
            # The store is away; the next look is one interval off.
            logger.warning("errands_postponed", kind=self.kind, reason=str(error))
        except Exception:
            # Whatever else it is, errands must outlive it.
            logger.exception("errands_failed", kind=self.kind)

    def _carry_out(self, errand_id: str, errand: Errand) -> None:
        try:
            self._advance(errand_id, errand)
            self.settle(errand)
        except EventError as error:
            logger.warning("errand_postponed", kind=self.kind, id=errand_id, reason=str(error))
        except Exception:
            logger.exception("errand_failed", kind=self.kind, id=errand_id)
        finally:
            self._in_hand.discard(errand_id)

    def _advance(self, errand_id: str, errand: Errand) -> None:
        """Take step after step at the errand's pace, until there is a reason to stop."""
        settle_at = time.monotonic() + settings.RECOVERY_INTERVAL_SECONDS
        while not self._stop.is_set() and self._leases.has(errand_id):
            if _is_queue_behind():
                # Another worker may see further.
                self._leases.release(errand_id)
                return
            began = time.monotonic()
            pace_seconds = self.advance(errand)
            if pace_seconds is None:
                return
            if began >= settle_at:
                self.settle(errand)
                settle_at = time.monotonic() + settings.RECOVERY_INTERVAL_SECONDS
            elapsed = time.monotonic() - began
            self._stop.wait(max(0.0, pace_seconds - elapsed))


def _is_queue_behind() -> bool:
    """Say whether the messages that workers now receive have waited for long."""
    sent_at = horizon.microseconds
    return sent_at is not None and clock.now_microseconds() - sent_at > _BEHIND_MICROSECONDS
