"""What a reference run came to, whoever made the load."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from locustfiles.load.verification import FAULTS
from tests.reference.memory import Course


class Outcome(NamedTuple):
    per_second: float
    failed: int
    p50_ms: float
    p99_ms: float
    accepted: int
    # Lost, twice, late and died, as far as each can be told.
    faults: str
    success: str
    bend: str = ""
    memory: Mapping[str, Course] = {}
    # Whatever was accepted is known: none of Locust's processes is gone with its list.
    is_whole: bool = True
    # And ended well. Late is a figure: a machine may be too small.
    is_sound: bool = True
    # How often a request failed in which way.
    failures: Mapping[str, int] = {}


def read_outcome(summary: Path) -> Outcome:
    """Read what a run of locustfiles/ wrote; times are those of single posts."""
    whole = json.loads(summary.read_text())
    requests, verification = whole["requests"], whole["verification"]
    posts = requests["POST /events"]
    seconds = verification["accept_to_success_seconds"]
    return Outcome(
        per_second=sum(each["per_second"] for each in requests.values()),
        failed=sum(each["failed"] for each in requests.values()),
        p50_ms=posts["p50_ms"],
        p99_ms=posts["p99_ms"],
        accepted=verification["accepted"],
        faults=", ".join(str(verification[each]["count"]) for each in FAULTS),
        success=f"{seconds['p50']:.2f}, {seconds['p99']:.2f}" if seconds else "none",
        bend=_show_bend(whole["bend"], whole["steps"]),
        failures=whole["failures"],
        is_whole=whole["is_whole"],
        is_sound=whole["is_whole"]
        and verification["accepted"] > 0
        and not any(verification[each]["count"] for each in FAULTS if each != "late"),
    )


def _show_bend(bend: Mapping[str, float] | None, steps: Sequence[Mapping[str, float]]) -> str:
    if not steps:
        return ""
    most = max(steps, key=lambda step: step["per_second"])
    held = f"p99 < 100 ms up to {bend['per_second']:.0f}/s" if bend else "no step with p99 < 100 ms"
    return f"{held}, {most['per_second']:.0f}/s at most, with {most['users']:.0f} users"
