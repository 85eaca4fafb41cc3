"""What an event costs: one file holds the figures, each with its source."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("costs.json")
# Between two runs of the benchmark as much is chance.
_TOLERANCE = 0.10


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Of one event: CPU time in milliseconds, and counts."""

    api_cpu_ms: float
    batch_cpu_ms: float
    worker_cpu_ms: float
    write_units: float
    queue_requests: float


def read_costs(file: Path = FILE) -> Costs:
    return Costs(**{name: each["value"] for name, each in _read(file).items()})


def find_disagreements(bench: Mapping[str, Any], file: Path = FILE) -> Iterator[str]:
    """Name each cost that is not, within a tenth, what the benchmark measured, or is not in it."""
    for name, each in _read(file).items():
        measured = _look_up(bench, each["bench"])
        if measured is None:
            yield f"{name} was not measured there"
        elif abs(each["value"] - measured) > _TOLERANCE * measured:
            yield f"{name} is {each['value']:g}, and {measured:g} was measured"


def learn(bench: Mapping[str, Any], file: Path = FILE) -> list[str]:
    """Put what the benchmark measured into the file, and return the names of what it has."""
    costs = _read(file)
    # What is kept in docs/ has parts of several runs.
    runs, last = bench.get("runs", {}), bench.get("run", {})
    learned = []
    for name, each in costs.items():
        measured = _look_up(bench, each["bench"])
        if measured is not None:
            run = runs.get(each["bench"][0], last)
            place = ", ".join(each["bench"])
            source = f"make bench: {place}; commit {run.get('commit')}, {run.get('date')}"
            costs[name] = each | {"value": round(measured, 3), "source": source}
            learned.append(name)
    file.write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")
    return learned


def _read(file: Path) -> dict[str, Any]:
    costs: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return costs


def _look_up(bench: Mapping[str, Any], path: list[str]) -> float | None:
    found: Any = bench
    for step in path:
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return float(found)
