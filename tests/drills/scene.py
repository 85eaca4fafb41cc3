"""One drill as it goes on: who is hit, when the fault was over, when all was well again."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.drills.load import Load
from tests.drills.rig import Rig

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large the drills are; ``repeats`` is how often something is killed."""

    name: str
    moment_seconds: float
    spell_seconds: float
    outage_seconds: float
    repeats: int
    backlog_events: int
    replayed_events: int
    replay_rate: int
    patience_seconds: float
    settings: dict[str, Any]


@dataclass(kw_only=True)
class Scene:
    """What the steps of a drill work with.

    ``hits`` counts kills and cuts, by worker; ``mishaps`` says why the drill proves nothing.
    """

    name: str
    rig: Rig
    scale: Scale
    load: Load
    seconds: float
    hits: Counter[str] = field(default_factory=Counter)
    mishaps: list[str] = field(default_factory=list)
    fault_ended_at: float = 0.0

    def hit(self, workers: Iterable[str]) -> None:
        self.hits.update(workers)

    def end_fault(self) -> None:
        """Take note that from now on the platform is expected to recover."""
        self.fault_ended_at = time.monotonic()

    def busiest_worker(self) -> str | None:
        """Return the living worker with the most runs under way; None if none has one."""
        runs = self.rig.journal.running(self.name)
        counts = Counter(run.worker for run in runs if run.worker in self.rig.workers)
        return max(counts, key=lambda name: counts[name]) if counts else None

    @property
    def worked(self) -> set[str]:
        """Return the events of which a run has ended."""
        runs = self.rig.journal.runs(self.name)
        return {event_id for event_id, each in runs.items() if any(run.ended for run in each)}

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait as long as patience lasts; whoever calls looks again whether it is so."""
        ends_at = time.monotonic() + self.scale.patience_seconds
        while not is_so() and time.monotonic() < ends_at:
            time.sleep(_LOOK_SECONDS)

    def wait_until_worked(self) -> float | None:
        """Return the seconds from the fault's end to the end of the last event's run, if it came.

        The handlers' own lines tell, not the platform.
        """
        ends_at = time.monotonic() + self.scale.patience_seconds
        while not self.worked.issuperset(self.load.accepted.values()):
            if time.monotonic() > ends_at:
                return None
            time.sleep(_LOOK_SECONDS)
        return max(0.0, time.monotonic() - self.fault_ended_at)

    def wait_until_resolved(self) -> str:
        """Wait until no message is queued and no event open; return what is left."""
        ends_at = time.monotonic() + self.scale.patience_seconds
        while (left := self.rig.unresolved) and time.monotonic() < ends_at:
            time.sleep(_LOOK_SECONDS)
        return left
