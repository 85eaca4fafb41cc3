"""Recovery in every worker process: a thread that looks after the shards it holds a lease on."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from events import metrics, services
from events.errors import EventError
from events.queries import get_shard_count
from tasks import transport
from tasks.horizon import horizon
from tasks.leases import Leases
from tasks.redrive import sweep_dead_letters
from tasks.stop_signal import StopSignal

logger = structlog.get_logger(__name__)

# How much one look may dispatch: after a long outage, recovery must not be the next one.
_PAGE = 100
_PAGES_PER_LOOK = 10
_THREADS = 8
# Held over several looks, so that the rest of the fleet rarely asks.
_LEASE_SECONDS = 3 * settings.RECOVERY_INTERVAL_SECONDS
# Dead letters of SQS's own making are rare, and looking costs requests.
_SWEEP_EVERY_SECONDS = 60.0
# So are events that wait for a pause that has ended.
_TEND_EVERY_SECONDS = 60.0


class Recovery:
    """Looks at each shard once per interval, fleet-wide; any number of processes may run it."""

    def __init__(self) -> None:
        self._stop = StopSignal()
        self._sweep_at = 0.0
        self._tend_at = 0.0
        self._leases = Leases("recovery", _LEASE_SECONDS)

    def start(self) -> None:
        threading.Thread(target=self._run, name="recovery", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        # Workers that start together must not ask together for ever.
        self._stop.wait(random.uniform(0, settings.RECOVERY_INTERVAL_SECONDS))  # noqa: S311
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="recovery") as executor:
            while not self._stop.is_set():
                started = time.monotonic()
                self._look(executor)
                elapsed = time.monotonic() - started
                self._stop.wait(max(0.1, settings.RECOVERY_INTERVAL_SECONDS - elapsed))
        self._leases.release_all()

    def _look(self, executor: ThreadPoolExecutor) -> None:
        try:
            for shard in range(get_shard_count()):
                if self._leases.has(str(shard)):
                    self._recover(shard, executor)
            if time.monotonic() >= self._sweep_at and self._leases.has("dead-letters"):
                self._sweep_at = time.monotonic() + _SWEEP_EVERY_SECONDS
                sweep_dead_letters()
            if time.monotonic() >= self._tend_at and self._leases.has("parked"):
                self._tend_at = time.monotonic() + _TEND_EVERY_SECONDS
                services.tend_parked_events(limit=_PAGES_PER_LOOK * _PAGE, executor=executor)
            metrics.RECOVERY_LOOKS.labels("done").inc()
        except EventError as error:
            metrics.RECOVERY_LOOKS.labels("postponed").inc()
            # The store or the queue is away; the next look is one interval off.
            logger.warning("recovery_postponed", reason=str(error))
        except Exception:
            # Whatever else it is, recovery must outlive it.
            metrics.RECOVERY_LOOKS.labels("failed").inc()
            logger.exception("recovery_failed")

    def _recover(self, shard: int, executor: ThreadPoolExecutor) -> None:
        for _ in range(_PAGES_PER_LOOK):
            recovered = services.recover_shard(
                shard,
                horizon_microseconds=horizon.microseconds,
                limit=_PAGE,
                executor=executor,
            )
            if recovered.dispatched:
                logger.info("events_recovered", shard=shard, count=recovered.dispatched)
            if not recovered.has_more or self._stop.is_set():
                return


recovery = Recovery()


@worker_ready.connect(weak=False)
def _start(**_: object) -> None:
    transport.on_poll(horizon.observe)
    recovery.start()


@worker_shutting_down.connect(weak=False)
def _stop(**_: object) -> None:
    recovery.stop()
