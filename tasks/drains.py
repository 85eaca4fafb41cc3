"""The events that waited for a pause, dispatched when it is over by whichever workers there are."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from celery.signals import worker_ready, worker_shutting_down

from events import queries, services
from events.pause import Pause, PauseState
from tasks.errands import Errands

_THREADS = 16


class Drains(Errands[Pause]):
    """Dispatches what waits for pauses that were resumed."""

    kind = "drain"

    def __init__(self) -> None:
        super().__init__()
        # Not the one that errands are carried out in: they wait for what they give to this one.
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="draining")

    def find(self) -> Mapping[str, Pause]:
        pauses = queries.list_live_pauses()
        return {each.pause_id: each for each in pauses if each.state is PauseState.DRAINING}

    def advance(self, errand: Pause) -> float | None:
        return services.drain_pause(errand.pause_id, executor=self._executor)


drains = Drains()


@worker_ready.connect(weak=False)
def _start(**_: object) -> None:
    drains.start()


@worker_shutting_down.connect(weak=False)
def _stop(**_: object) -> None:
    drains.stop()
