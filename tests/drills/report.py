"""The last result as a page for people."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.drills.judge import Result
from tests.drills.scene import Scale
from tests.processes import ROOT

PAGE = ROOT / "docs" / "drills.md"

_INTRODUCTION = """# Drills

The platform as real processes under faults, as `make drills` ran it last.
The judge is not the platform: the client keeps the ids it was given and repeats what was not answered, and the handlers append a line to a file at each start and each end.
Lost is an event that was accepted and has no recorded end with a run behind it.
At the end `manage.py audit` has to find nothing wrong, neither in the store nor with the client's ids.
Each event may run once, and once more for each kill and cut that hit it.
Every 20th event is meant to die; it counts as dead.
Recovery is the time from the end of the fault to the end of the last run, so it includes the work that was left.
The time from a kill to the last run is to stay below 30 s, and the messages of a stopped worker are to run elsewhere within 5 s.
"""  # noqa: E501  # one sentence per line
_COLUMNS = (
    "drill",
    "sent",
    "succeeded",
    "dead",
    "lost",
    "runs after the end",
    "most runs",
    "recovery seconds",
    "verdict",
)


def show_row(result: Result) -> str:
    recovery = "" if result.recovery_seconds is None else f"{result.recovery_seconds:.1f}"
    cells = (
        result.drill,
        result.sent,
        result.succeeded,
        result.dead,
        result.lost,
        result.runs_after_end,
        result.most_runs,
        recovery,
        result.verdict.replace("|", "/"),
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def write_page(results: Sequence[Result], scale: Scale, path: Path = PAGE) -> None:
    settings = ", ".join(f"{name}={value}" for name, value in scale.settings.items())
    facts = [
        f"* Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"* Commit: {_commit()}",
        f"* Machine: {os.cpu_count()} cores, {platform.machine()}, the emulated AWS on it too",
        f"* Python: {platform.python_version()}",
        f"* Outages: {scale.outage_seconds:g} s",
        f"* Kills in a drill of them: {scale.repeats}",
        f"* Settings: {settings}",
    ]
    table = [
        "| " + " | ".join(_COLUMNS) + " |",
        "|" + "---|" * len(_COLUMNS),
        *map(show_row, results),
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([_INTRODUCTION, *facts, "", *table, ""]))


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
