import json
from pathlib import Path
from typing import Any

import pytest

from locustfiles.load.summary import find_bend, find_steps, percentiles, show, summarize
from locustfiles.load.verification import Verdict


def step(users: int, p99_ms: float, failing: float = 0) -> dict[str, float]:
    return {
        "users": users,
        "per_second": users / 2,
        "failing": failing,
        "p50_ms": p99_ms / 2,
        "p99_ms": p99_ms,
    }


def test_it_ranks_percentiles() -> None:
    ranked = percentiles([float(i) for i in range(100, 0, -1)])

    assert ranked == {"p50": 50, "p95": 95, "p99": 99, "longest": 100}
    assert percentiles([]) == {}


@pytest.mark.parametrize("broken", [step(30, 250), step(30, 50, failing=1)])
def test_it_finds_where_the_platform_bends(broken: dict[str, float]) -> None:
    history = [
        # Users that are started one by one are no steps.
        step(1, 0),
        step(5, 900),
        *[step(10, 500)] * 5,
        *[step(10, 40)] * 5,
        *[step(20, 300)] * 5,
        *[step(20, 60)] * 5,
        *[broken] * 5,
        *[step(40, 20)] * 5,
    ]

    steps = find_steps(history)
    assert [each["users"] for each in steps] == [10, 20, 30, 40]
    assert find_bend(steps) == step(20, 60)


def test_it_takes_a_slow_second_for_no_bend() -> None:
    history = [step(10, 40)] * 9 + [step(10, 400)] + [step(20, 400)] * 10

    assert find_bend(find_steps(history)) == step(10, 40)


@pytest.mark.parametrize("p99_ms", [500, 0])
def test_it_finds_no_bend_where_the_first_step_fails_or_nothing_is_answered(p99_ms: float) -> None:
    assert find_bend(find_steps([step(10, p99_ms)] * 10)) is None


@pytest.mark.parametrize(("shape", "is_told"), [("breakpoint", True), ("steady", False)])
def test_it_tells_of_a_bend_where_load_rises(folder: Path, *, shape: str, is_told: bool) -> None:
    rows = ["Name,User Count,Requests/s,Failures/s,50%,99%", *["Aggregated,10,5,0,9,40"] * 5]
    (folder / "locust_stats_history.csv").write_text("\n".join(rows))
    summary = summarize({"shape": shape}, folder, Verdict())

    assert bool(summary["bend"]) is is_told
    assert ("10 users: 5/s, p50 9 ms, p99 40 ms" in show(summary)) is is_told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    row: dict[str, Any] = {
        "name": "/events",
        "method": "POST",
        "num_requests": 100,
        "num_failures": 1,
        "max_response_time": 90.0,
        "start_time": 10.0,
        "last_request_timestamp": 20.0,
        "response_times": {"5": 98, "40": 1, "90": 1},
    }
    (tmp_path / "stats.json").write_text(json.dumps([row]))
    return tmp_path


def test_it_tells_how_long_requests_took(folder: Path) -> None:
    assert summarize({}, folder, Verdict())["requests"]["POST /events"] == {
        "count": 100,
        "failed": 1,
        "p50_ms": 5,
        "p99_ms": 40,
        "longest_ms": 90,
        "per_second": 10,
    }


def test_it_shows_what_was_lost(folder: Path) -> None:
    verdict = Verdict(accepted=3, lost=["a", "b"], seconds_to_success=[0.5])
    verdict.by_status["succeeded"] = 1
    shown = show(summarize({}, folder, verdict))

    assert "accepted 3: 1 succeeded; lost = 2, twice = 0, late = 0, died = 0" in shown
    assert "lost: a" in shown
    assert "p99 0.5 s" in shown


def test_it_shows_what_failed_most_first(folder: Path) -> None:
    failures = {"GET /stats: no answer: TimeoutError": 1, "POST /events: 503 store_unavailable": 20}
    (folder / "failures.json").write_text(json.dumps(failures))
    shown = show(summarize({}, folder, Verdict()))

    assert "20 x POST /events: 503 store_unavailable\n     1 x GET /stats: no answer" in shown
