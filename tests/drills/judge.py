"""The judgement of a drill: the client's ids and the handlers' lines against the platform."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.drills.journal import Run
from tests.drills.names import DOOMED

_FAULTS_SHOWN = 10
_TERMINAL = {"succeeded", "dead"}


@dataclass(kw_only=True)
class Result:
    """One line of the report; ``faults`` says what was wrong, in sentences."""

    drill: str
    sent: int = 0
    succeeded: int = 0
    dead: int = 0
    lost: int = 0
    runs_after_end: int = 0
    most_runs: int = 0
    recovery_seconds: float | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        return "FAILED: " + "; ".join(self.faults[:_FAULTS_SHOWN]) if self.faults else "passed"


class Judge:
    """Looks at every event of a drill, those included whose acceptance no client heard of."""

    def __init__(self, result: Result, runs: dict[str, list[Run]], hits: Counter[str]) -> None:
        self._result = result
        self._runs = runs
        self._hits = hits

    def judge(self, event_id: str, event: dict[str, Any] | None) -> None:
        """Count an event as the API shows it, None where it shows none."""
        runs = self._runs.get(event_id, [])
        self._result.sent += 1
        self._result.most_runs = max(self._result.most_runs, len(runs))
        if event is None or event["status"] not in _TERMINAL:
            self._lose(event_id, "is not terminal" if event else "is not there")
            return
        last = event["attempts"][-1]["number"]
        recorded = next((run for run in runs if run.attempt == last and run.ended), None)
        if recorded is None:
            self._lose(event_id, f"is {event['status']} without a run that ended")
            return
        self._count_status(event)
        self._check_late_runs(event_id, recorded)
        self._check_run_count(event, runs)

    def _lose(self, event_id: str, what: str) -> None:
        self._result.lost += 1
        self._accuse(event_id, what)

    def _count_status(self, event: dict[str, Any]) -> None:
        is_dead = event["status"] == "dead"
        self._result.dead += is_dead
        self._result.succeeded += not is_dead
        if is_dead != (event["event_type"] == DOOMED):
            self._accuse(event["event_id"], f"is {event['status']}")

    def _check_late_runs(self, event_id: str, recorded: Run) -> None:
        late = [run for run in self._runs[event_id] if run.started > (recorded.ended or 0)]
        self._result.runs_after_end += len(late)
        if late:
            self._accuse(event_id, f"ran {len(late)} times after its end")

    def _check_run_count(self, event: dict[str, Any], runs: list[Run]) -> None:
        shown = {attempt["number"] for attempt in event["attempts"]}
        if len(runs) > len({run.attempt for run in runs} & shown):
            self._accuse(event["event_id"], "ran without a visible attempt of its own")
        hit = {attempt["worker"] for attempt in event["attempts"][:-1]}
        allowed = 1 + sum(self._hits[worker] for worker in hit)
        if len(runs) > allowed:
            self._accuse(event["event_id"], f"ran {len(runs)} times, allowed were {allowed}")

    def _accuse(self, event_id: str, what: str) -> None:
        self._result.faults.append(f"{event_id} {what}")
