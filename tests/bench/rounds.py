"""Measuring several things in turns, so that whatever else the machine does meets all of them."""

import statistics
from collections.abc import Mapping
from typing import Any, Protocol

Figures = dict[str, float]
_WARM_UP = 200


class Case(Protocol):
    """One side of a comparison."""

    def measure(self, count: int) -> Figures:
        """Do something so often and return what one time cost."""


def compare(
    cases: Mapping[str, Case], counts: Mapping[str, int], *, rounds: int, reference: str
) -> dict[str, Any]:
    """Measure A B C A B C and return medians, and CPU as ratios to the reference's."""
    for case in cases.values():
        case.measure(_WARM_UP)
    measured: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            measured[name].append(case.measure(counts[name]))
    return _summarize(measured, reference)


def _summarize(rounds: Mapping[str, list[Figures]], reference: str) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for name, figures in rounds.items():
        summary[name] = {
            key: round(statistics.median(each[key] for each in figures), 3) for key in figures[0]
        }
        if reference in rounds:
            pairs = zip(figures, rounds[reference], strict=True)
            # Within a round: what slowed one of them down was there for the other, too.
            ratios = [each["cpu_ms"] / base["cpu_ms"] for each, base in pairs]
            summary[name]["cpu_ratio"] = _spread(ratios)
    return summary


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 3),
        "low": round(min(values), 3),
        "high": round(max(values), 3),
    }
