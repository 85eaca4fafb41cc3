"""The figures that a run is to hold, and whether it did."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Bound(NamedTuple):
    """A figure of the result and the most that it may be."""

    what: str
    figure: Callable[[dict[str, Any]], float]
    most: float


def _ratio(part: str, case: str, to: str) -> Callable[[dict[str, Any]], float]:
    """Compare two cases by the ratios that each had, round by round, to a third one."""

    def figure(result: dict[str, Any]) -> float:
        ratios = [result[part][name]["cpu_ratio"]["median"] for name in (case, to)]
        return float(ratios[0] / ratios[1])

    return figure


def _saturated(case: str, group: str, name: str) -> Callable[[dict[str, Any]], float]:
    return lambda result: float(result["saturation"][case][group][name])


BOUNDS = (
    Bound("ingest, API CPU to FastAPI's", _ratio("ingest", "platform", "FastAPI"), 0.5),
    Bound(
        "ingest in batches of 100, API CPU to FastAPI's",
        _ratio("ingest", "platform, batches of 100", "FastAPI"),
        0.1,
    ),
    Bound(
        "transport, worker CPU to Celery's",
        _ratio("transport", "platform's transport", "Celery"),
        0.5,
    ),
    Bound(
        "transport, worker CPU to dramatiq's",
        _ratio("transport", "platform's transport", "dramatiq"),
        1.0,
    ),
    Bound(
        "transport, worker CPU to taskiq's",
        _ratio("transport", "platform's transport", "taskiq"),
        1.0,
    ),
    Bound(
        "a task with claim and finish, worker CPU in ms",
        lambda result: float(result["work"]["platform"]["cpu_ms"]),
        1.0,
    ),
    Bound(
        # The same for any machine: where the millisecond was set, Celery's task took 1.4 ms.
        "a task with claim and finish, worker CPU to Celery's that does nothing",
        lambda result: float(
            result["work"]["platform"]["cpu_ms"] / result["transport"]["Celery"]["cpu_ms"]
        ),
        0.71,
    ),
    Bound(
        "requests to the work queue per event, as the emulator answers",
        _saturated("as the emulator answers", "calls_per_event_in_all", "work"),
        0.4,
    ),
    Bound(
        "requests to the work queue per event, as AWS answers",
        _saturated("as AWS answers", "calls_per_event_in_all", "work"),
        0.4,
    ),
    Bound(
        "write units per event",
        _saturated("as AWS answers", "units_per_event", "write, events table"),
        7.0,
    ),
)


def judge(result: dict[str, Any]) -> list[tuple[Bound, float]]:
    """Return each bound whose figure was measured, with that figure."""
    judged = []
    for bound in BOUNDS:
        try:
            judged.append((bound, bound.figure(result)))
        except KeyError:
            # Its part, or one of its cases, was not asked for.
            continue
    return judged
