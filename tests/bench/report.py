"""What came out, as text for people: Markdown, for a terminal and for the page alike."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.bounds import judge
from tests.processes import ROOT

_COLUMNS = {
    "cpu_ms": "CPU ms each",
    "cpu_ratio": "CPU ratio (spread)",
    "per_core_second": "per core and second",
    "per_second": "per second here",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "client_cpu_ms": "client's CPU ms",
    "aws_cpu_ms": "emulator's CPU ms",
}


def describe_run(*, is_quick: bool, rounds: int) -> dict[str, Any]:
    """Say what was measured, where and when: figures mean nothing without it."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores of {_processor()}, the emulated AWS on it too",
        "python": platform.python_version(),
        "is_quick": is_quick,
        "rounds": rounds,
        "load": round(os.getloadavg()[1], 1),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def show(name: str, result: dict[str, Any]) -> str:
    """Write a part of the result down."""
    is_compared = all(isinstance(each, dict) and "cpu_ms" in each for each in result.values())
    body = _show_table(result) if is_compared else _show_list(result)
    return "\n".join([f"\n### {name}\n", *body])


def show_bounds(result: dict[str, Any]) -> str:
    """Say which of the bounds hold."""
    lines = ["\n| bound | at most | measured | |", "|---|---|---|---|"]
    for bound, figure in judge(result):
        verdict = "holds" if figure <= bound.most else "**does not hold**"
        lines.append(f"| {bound.what} | {bound.most:g} | {figure:.3g} | {verdict} |")
    return "\n".join(lines)


def _show_table(rows: dict[str, Any]) -> list[str]:
    measured = {key for row in rows.values() for key in row}
    columns = [key for key in _COLUMNS if key in measured]
    return [
        f"| | {' | '.join(_COLUMNS[key] for key in columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(
            f"| {name} | {' | '.join(_cell(row.get(key)) for key in columns)} |"
            for name, row in rows.items()
        ),
    ]


def _show_list(value: dict[str, Any], depth: int = 0) -> list[str]:
    lines = []
    for name, each in value.items():
        is_group = isinstance(each, dict)
        lines.append(f"{'    ' * depth}* {name}{'' if is_group else f': {_cell(each)}'}")
        if is_group:
            lines += _show_list(each, depth + 1)
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f})"
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return str(value)
