from collections.abc import Mapping
from typing import Any

import pytest

from locustfiles.load.accepted import Accepted
from locustfiles.load.api import HostError, SlowHostError
from locustfiles.load.verification import Patience, Verdict, Verification, is_repeated

MOMENT = "2026-11-28T12:00:00.000000Z"


def row(event_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_type": "demo.echo",
        "status": "succeeded",
        "generation": 1,
        "received_at": MOMENT,
        "updated_at": "2026-11-28T12:00:00.250000Z",
        "attempt_count": 1,
        "attempts": [attempt(1, "succeeded")],
    } | changes


def attempt(number: int, outcome: str | None, generation: int = 1) -> dict[str, Any]:
    return {"number": number, "generation": generation, "outcome": outcome}


def accepted(event_id: str, **changes: Any) -> Accepted:
    return Accepted(event_id, MOMENT, "Producer")._replace(**changes)


class FakeView:
    """Knows some events; each waits so many looks before it is terminal."""

    def __init__(
        self,
        *rows: dict[str, Any],
        looks: int = 0,
        can_list: bool = True,
        is_broken: bool = False,
    ) -> None:
        self.rows = {each["event_id"]: each for each in rows}
        self.finds = 0
        self.pages = 0
        self._looks = looks
        self._can_list = can_list
        self._is_broken = is_broken
        self._change: tuple[int, dict[str, Any] | None] | None = None

    def change_after(self, looks: int, row: dict[str, Any] | None) -> None:
        """Let whatever is looked for after so many looks be this, or nothing."""
        self._change = (looks, row)

    def find(self, event_id: str) -> dict[str, Any] | None:
        if self._is_broken:
            raise HostError("500")
        self.finds += 1
        if self._change and self.finds > self._change[0]:
            return self._change[1]
        found = self.rows.get(event_id)
        if found is not None and self.finds <= self._looks:
            return found | {"status": "pending"}
        return found

    def list(self, query: Mapping[str, str]) -> tuple[list[dict[str, Any]], str | None]:
        if not self._can_list:
            raise SlowHostError("503")
        self.pages += 1
        start = int(query.get("cursor", 0))
        end = start + int(query["limit"])
        rows = [
            {name: each[name] for name in each if name != "attempts"} for each in self.rows.values()
        ][start:end]
        return rows, str(end) if end < len(self.rows) else None


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def verify(view: FakeView, *book: Accepted, seconds: float = 5, late: float = 60) -> Verdict:
    time = FakeTime()
    verification = Verification(view, book, sleep=time.sleep, clock=time.clock)
    patience = Patience(seconds=seconds, late_seconds=late)
    verification.wait(patience)
    return verification.judge(patience)


def test_it_finds_nothing_wrong_with_what_succeeded_once() -> None:
    dead = row("b", status="dead", event_type="demo.fail")
    verdict = verify(FakeView(row("a"), dead), accepted("a"), accepted("b"))

    assert verdict.is_clean
    assert verdict.accepted == 2
    assert verdict.by_status == {"succeeded": 1, "dead": 1}
    assert verdict.seconds_to_success == [0.25]


def test_it_names_what_died_that_was_to_succeed() -> None:
    verdict = verify(FakeView(row("a"), row("b", status="dead")), accepted("a"), accepted("b"))

    assert verdict.died == ["b"]
    assert not verdict.is_clean


def test_it_names_an_event_that_is_not_there() -> None:
    verdict = verify(FakeView(row("a")), accepted("a"), accepted("gone"))

    assert verdict.lost == ["gone"]
    assert not verdict.is_clean


def test_it_names_an_event_that_never_ends() -> None:
    view = FakeView(row("a"), row("stuck", status="processing"))

    assert verify(view, accepted("a"), accepted("stuck")).lost == ["stuck"]


def test_it_waits_as_long_as_events_go_on_ending() -> None:
    verdict = verify(FakeView(row("a"), looks=8), accepted("a"), seconds=5)

    assert verdict.is_clean


def test_it_finds_one_lost_among_thousands() -> None:
    rows = [row(str(i)) for i in range(3_000)]
    view = FakeView(*rows)
    verdict = verify(view, *(accepted(str(i)) for i in range(3_000)), accepted("gone"))

    assert verdict.lost == ["gone"]
    assert verdict.by_status == {"succeeded": 3_000}
    # A sample by id, the others by pages, and then what no page had; and all once more.
    assert view.pages == 30
    assert view.finds < 200


def test_it_asks_one_by_one_where_no_list_is_given() -> None:
    view = FakeView(*(row(str(i)) for i in range(300)), can_list=False)

    assert verify(view, *(accepted(str(i)) for i in range(300))).is_clean
    assert view.finds == 600


def test_it_leaves_a_backlog_in_peace_until_it_has_nearly_gone() -> None:
    rows = [row(str(i), status="pending") for i in range(1_000)]
    view = FakeView(*rows)
    verdict = verify(view, *(accepted(str(i)) for i in range(1_000)), seconds=2)

    assert len(verdict.lost) == 1_000
    # At the end all are looked at once, for what no sample came upon.
    assert view.pages == 5
    assert view.finds <= 600


def test_it_finds_what_ended_in_a_backlog_that_is_stuck() -> None:
    rows = [row(str(i), status="succeeded" if i < 400 else "pending") for i in range(10_000)]
    view = FakeView(*rows)
    verdict = verify(view, *(accepted(str(i)) for i in range(10_000)), seconds=2)

    assert verdict.by_status == {"succeeded": 400}
    assert len(verdict.lost) == 9_600
    # Two looks at all, and one more at what had ended.
    assert view.pages <= 150


def test_it_names_what_ran_again_after_a_success() -> None:
    attempts = [attempt(1, "succeeded"), attempt(2, "succeeded")]
    view = FakeView(row("a", attempt_count=2, attempts=attempts))

    assert verify(view, accepted("a")).twice == ["a"]


def test_it_names_what_runs_again_after_it_was_seen_to_have_ended() -> None:
    view = FakeView(row("a"))
    attempts = [attempt(1, "succeeded"), attempt(2, None)]
    view.change_after(1, row("a", attempt_count=2, attempts=attempts, status="processing"))

    assert verify(view, accepted("a")).twice == ["a"]


def test_it_calls_lost_what_is_gone_after_it_was_seen_to_have_ended() -> None:
    view = FakeView(row("a"))
    view.change_after(1, None)

    assert verify(view, accepted("a")).lost == ["a"]


def test_it_comes_to_a_verdict_where_the_host_breaks() -> None:
    verdict = verify(FakeView(row("a"), is_broken=True), accepted("a"))

    assert verdict.lost == ["a"]


def test_it_takes_a_retry_for_no_repetition() -> None:
    attempts = [attempt(1, "failed"), attempt(2, "succeeded")]
    verdict = verify(FakeView(row("a", attempt_count=2, attempts=attempts)), accepted("a"))

    assert verdict.is_clean
    assert verdict.again == 1


def test_it_names_two_events_under_one_key() -> None:
    book = [accepted(each, idempotency_key="k") for each in ("a", "b")]

    assert verify(FakeView(row("a"), row("b")), *book).twice == ["a", "b"]


def test_it_names_a_success_that_came_late() -> None:
    view = FakeView(row("a", updated_at="2026-11-28T12:01:00.000001Z"))

    assert verify(view, accepted("a"), late=60).late == ["a"]


def test_it_wants_a_replayed_event_to_end_in_its_new_generation() -> None:
    replayed = accepted("a", generation=2, received_at="")

    assert verify(FakeView(row("a")), accepted("a"), replayed).lost == ["a"]
    view = FakeView(row("a", generation=2, attempt_count=2))
    assert verify(view, accepted("a"), replayed).is_clean


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(1, "succeeded")], False),
        ([(1, "failed"), (1, "timed_out"), (1, "succeeded")], False),
        ([(1, "succeeded"), (1, None)], True),
        ([(1, "succeeded"), (2, "succeeded")], False),
        ([(2, "succeeded"), (1, "succeeded"), (2, "failed")], True),
    ],
)
def test_it_knows_an_attempt_after_a_success(
    outcomes: list[tuple[int, str | None]], *, expected: bool
) -> None:
    attempts = [attempt(i, outcome, generation) for i, (generation, outcome) in enumerate(outcomes)]

    assert is_repeated(attempts) is expected
