"""What a run came to: for the next program as JSON, for people as a few lines."""

import csv
import itertools
import json
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from locustfiles.load.verification import FAULTS, Verdict

FILE = "summary.json"
_SHOWN_IDS = 20
# Up to where the platform is said to hold its load.
BEND_P99_MS = 100.0
# Shapes that go up by steps, and the seconds that a step has at least.
_RISING = ("ramp", "breakpoint")
_STEP_ROWS = 5


def summarize(run: Mapping[str, Any], folder: Path, verdict: Verdict) -> dict[str, Any]:
    """Put together what Locust wrote and what the verification found."""
    requests, steps = _read_requests(folder / "stats.json"), _read_steps(run, folder)
    return {
        "run": dict(run),
        "requests": requests,
        "failures": _read_failures(folder / "failures.json"),
        "verification": {
            "accepted": verdict.accepted,
            "by_status": dict(verdict.by_status),
            **{
                fault: {"count": len(ids), "ids": ids[:_SHOWN_IDS]}
                for fault, ids in ((each, getattr(verdict, each)) for each in FAULTS)
            },
            "attempted_again": verdict.again,
            "accept_to_success_seconds": percentiles(verdict.seconds_to_success),
        },
        "steps": steps,
        "bend": find_bend(steps),
    }


def show(summary: Mapping[str, Any]) -> str:
    requests, verification = summary["requests"], summary["verification"]
    lines = [f"{'request':<44} {'count':>7} {'failed':>6} {'p50 ms':>7} {'p99 ms':>7} {'/s':>7}"]
    lines += [
        f"{name:<44} {row['count']:>7} {row['failed']:>6} {row['p50_ms']:>7.0f} "
        f"{row['p99_ms']:>7.0f} {row['per_second']:>7.1f}"
        for name, row in requests.items()
    ]
    lines += [f"{n:>6} x {failure}" for failure, n in summary["failures"].items()]
    faults = ", ".join(f"{fault} = {verification[fault]['count']}" for fault in FAULTS)
    statuses = ", ".join(f"{n} {status}" for status, n in verification["by_status"].items())
    lines += ["", f"accepted {verification['accepted']}: {statuses or 'nothing'}; {faults}"]
    if seconds := verification["accept_to_success_seconds"]:
        shown = ", ".join(f"{name} {value:.3g} s" for name, value in seconds.items())
        lines.append(f"accept to success: {shown}")
    for fault in FAULTS:
        lines += [f"{fault}: {event_id}" for event_id in verification[fault]["ids"]]
    lines += [
        f"{step['users']:>6.0f} users: {step['per_second']:.0f}/s, p50 {step['p50_ms']:.0f} ms, "
        f"p99 {step['p99_ms']:.0f} ms, {step['failing']:.0f} failed/s"
        for step in summary["steps"]
    ]
    if summary["bend"]:
        users, per_second = summary["bend"]["users"], summary["bend"]["per_second"]
        lines.append(f"holds p99 < {BEND_P99_MS:g} ms up to {users} users, {per_second:.0f}/s")
    return "\n".join(lines)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return exact percentiles by nearest rank; none of nothing."""
    ranked = sorted(values)
    if not ranked:
        return {}
    named = {
        f"p{share:g}": ranked[max(0, math.ceil(share / 100 * len(ranked)) - 1)]
        for share in (50, 95, 99)
    }
    return named | {"longest": ranked[-1]}


def find_steps(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return what was answered at each number of users that was held for a while.

    Figures are medians of its seconds, ``failing`` their most.
    """
    steps = []
    for count in sorted({row["users"] for row in history}):
        rows = [row for row in history if row["users"] == count]
        # Users are started one by one: a number of them that was passed is no step.
        if len(rows) < _STEP_ROWS:
            continue
        # The first seconds at a step are those of its start.
        settled = rows[len(rows) // 2 :]
        named = ("per_second", "p50_ms", "p99_ms")
        medians = {name: statistics.median(row[name] for row in settled) for name in named}
        failing = max(row["failing"] for row in settled)
        steps.append({"users": int(count), "failing": failing} | medians)
    return steps


def find_bend(steps: Sequence[Mapping[str, float]]) -> Mapping[str, float] | None:
    """Return the last step before p99 or failures got out of hand."""
    held = list(itertools.takewhile(_is_held, steps))
    return held[-1] if held else None


def _is_held(step: Mapping[str, float]) -> bool:
    # Locust gives 0 for seconds in which nothing was answered.
    is_answered = step["per_second"] > 0 and step["p99_ms"] > 0
    return is_answered and step["p99_ms"] < BEND_P99_MS and not step["failing"]


def _read_steps(run: Mapping[str, Any], folder: Path) -> list[dict[str, float]]:
    if run.get("shape") not in _RISING:
        return []
    return find_steps(_read_history(folder / "locust_stats_history.csv"))


def read(folder: Path) -> dict[str, Any]:
    """Return what was written of a run; nothing of one that was cut off."""
    path = folder / FILE
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return summary


def write(summary: Mapping[str, Any], folder: Path) -> Path:
    path = folder / FILE
    path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return path


def _read_requests(path: Path) -> dict[str, Any]:
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return {f"{row['method']} {row['name']}": _figures(row) for row in rows}


def _read_failures(path: Path) -> dict[str, int]:
    """Return how often a request failed in which way, the most frequent first."""
    failures: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return dict(sorted(failures.items(), key=lambda each: -each[1]))


def _figures(row: Mapping[str, Any]) -> dict[str, float]:
    # Locust gives how often each time was taken, in milliseconds.
    times = {float(ms): count for ms, count in row["response_times"].items()}
    seconds = max(row["last_request_timestamp"] - row["start_time"], 1.0)
    return {
        "count": row["num_requests"],
        "failed": row["num_failures"],
        "p50_ms": _percentile(times, 0.50),
        "p99_ms": _percentile(times, 0.99),
        "longest_ms": row["max_response_time"],
        "per_second": row["num_requests"] / seconds,
    }


def _percentile(times: Mapping[float, int], share: float) -> float:
    left = math.ceil(sum(times.values()) * share)
    for ms in sorted(times):
        left -= times[ms]
        if left <= 0:
            return ms
    return 0.0


def _read_history(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(_history_rows(csv.DictReader(file)))


def _history_rows(rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, float]]:
    for row in rows:
        if row["Name"] == "Aggregated" and row["99%"] != "N/A":
            yield {
                "users": float(row["User Count"]),
                "per_second": float(row["Requests/s"]),
                "failing": float(row["Failures/s"]),
                "p50_ms": float(row["50%"]),
                "p99_ms": float(row["99%"]),
            }
