import json
from pathlib import Path
from typing import Any, cast

import pytest

from locustfiles.load.verification import FAULTS
from tests.bench.platform_stack import PlatformStack
from tests.reference import __main__ as reference
from tests.reference.h2load import find_faults
from tests.reference.memory import Course, course_of
from tests.reference.outcome import Outcome, read_outcome
from tests.reference.runs import RUNS


@pytest.mark.parametrize(("fault", "is_sound"), [("", True), ("late", True), ("lost", False)])
def test_it_reads_what_a_run_came_to(tmp_path: Path, fault: str, *, is_sound: bool) -> None:
    figures = {"count": 10, "failed": 1, "p50_ms": 4, "p99_ms": 9, "per_second": 5.0}
    faults = {name: {"count": int(name == fault), "ids": []} for name in FAULTS}
    summary = {
        "requests": {"POST /events": figures, "GET /stats": figures},
        "failures": {"POST /events: 503 store_unavailable": 2},
        "verification": {
            "accepted": 9,
            **faults,
            "accept_to_success_seconds": {"p50": 0.1, "p99": 0.5},
        },
        "steps": [{"users": 20, "per_second": 10.0}, {"users": 40, "per_second": 18.0}],
        "bend": {"users": 20, "per_second": 10.0},
        "is_whole": True,
    }
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    outcome = read_outcome(tmp_path / "summary.json")

    assert (outcome.per_second, outcome.failed, outcome.accepted) == (10, 2, 9)
    counts = [str(int(name == fault)) for name in FAULTS]
    assert (outcome.faults, outcome.success) == (", ".join(counts), "0.10, 0.50")
    assert "| 2 (2 POST /events: 503 store_unavailable) |" in reference.show(
        "loop", RUNS["loop"], outcome
    )
    assert outcome.bend == "p99 < 100 ms up to 10/s, 18/s at most, with 40 users"
    assert outcome.is_sound is is_sound


@pytest.mark.parametrize(
    ("by_status", "expected"),
    [
        ({"succeeded": 10}, (0, 0, True)),
        ({"succeeded": 7, "dead": 1, "pending": 2}, (2, 1, False)),
        ({"succeeded": 9}, (1, 0, False)),
        ({"succeeded": 11}, (0, 0, True)),
    ],
    ids=["all well", "some open, one dead", "one not there", "one more than was answered"],
)
def test_it_tells_what_h2load_lost(
    by_status: dict[str, int], expected: tuple[int, int, bool]
) -> None:
    class FakeStack:
        def manage(self, *_: str, **options: Any) -> str:
            assert 1 in options["codes"]
            report = {"is_clean": expected[2], "by_status": by_status}
            return f"CommandError: {{2}} found.\n{json.dumps(report, indent=2)}\n"

    assert find_faults(cast("PlatformStack", FakeStack()), accepted=10) == expected


def test_it_puts_a_run_in_the_place_of_its_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "load.md"
    page.write_text("Before.\n<!-- runs -->\n<!-- end of runs -->\nAfter.\n")
    monkeypatch.setattr(reference, "PAGE", page)

    for name, row in (("loop", "| loop: 1 |"), ("soak", "| soak: 2 |"), ("loop", "| loop: 3 |")):
        reference.write(name, row)

    lines = page.read_text().splitlines()
    assert lines[4:6] == ["| soak: 2 |", "| loop: 3 |"]
    assert (lines[0], lines[-1], len(lines)) == ("Before.", "After.", 8)


@pytest.mark.parametrize("is_whole", [True, False])
def test_it_says_so_where_accepted_events_are_not_all_known(*, is_whole: bool) -> None:
    outcome = Outcome(
        per_second=1,
        failed=0,
        p50_ms=1,
        p99_ms=1,
        accepted=1,
        faults="0, 0, 0, 0",
        success="1, 1",
        is_whole=is_whole,
    )

    assert ("**not whole**" in reference.show("loop", RUNS["loop"], outcome)) is not is_whole


def test_it_tells_what_grows_from_what_warms_up() -> None:
    warming = [100.0] + [150.0] * 9 + [200.0] * 90
    growing = [100.0 + each for each in range(100)]

    assert course_of(warming) == Course(before=100, warm=200, last=200)
    assert course_of(growing) == Course(before=100, warm=114.5, last=194.5)
    assert course_of([100.0, 120.0]) == Course(before=100, warm=120, last=120)
