"""Whatever strikes a caller, wherever it is: no place in flight is lost, and nobody waits on."""

import ctypes
import gc
import linecache
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from events.group_commit import GroupCommit, GroupCommitAborted
from tests.processes import eventually

# More than any way through the code has lines.
_MOST_LINES = 300
_STRIKES = 300


class TimeLimitError(Exception):
    """What strikes one thread, wherever it is."""


class Strike:
    """Raises at the nth line that the thread comes to in the code of the group commit."""

    def __init__(self, line_number: int) -> None:
        self.lines_left = line_number
        self._entered: set[tuple[FrameType, int]] = set()

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        if "/group_commit/" not in frame.f_code.co_filename:
            return None
        if event == "line" and not self._releases_lock(frame):
            self.lines_left -= 1
            if self.lines_left == 0:
                raise TimeLimitError
        return self.trace

    def _releases_lock(self, frame: FrameType) -> bool:
        """Say whether a with block ends here, where Python lets no real strike in."""
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if not line.strip().startswith("with self._lock"):
            return False
        place = (frame, frame.f_lineno)
        is_end = place in self._entered
        self._entered.add(place)
        return is_end


def under(strike: Strike, act: Callable[[], str]) -> str:
    sys.settrace(strike.trace)
    try:
        return act()
    finally:
        sys.settrace(None)


class Held:
    """Sends at once, except that calls with an entry ``held`` stay under way."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = threading.Event()

    def __call__(self, entries: list[str]) -> list[str]:
        self.calls += 1
        assert "held" not in entries or self.gate.wait(20)
        return [f"sent {entry}" for entry in entries]


def outcome_of(future: Future[str]) -> str:
    try:
        return future.result(20)
    except (GroupCommitAborted, TimeLimitError) as error:
        return type(error).__name__


def cut(line_number: int, *, held: int, followers: int, max_calls: int) -> tuple[Strike, set[str]]:
    """Strike a caller beside calls under way, and return what became of those behind it."""
    held_calls, strike = Held(), Strike(line_number)
    group_commit = new_group_commit(held_calls, max_entries=3, max_calls=max_calls)
    with ThreadPoolExecutor(held + followers + 1) as threads:
        for number in range(held):
            threads.submit(group_commit.submit, "held")
            eventually(lambda n=number: held_calls.calls > n, "the call")  # type: ignore[misc]
        victim = threads.submit(under, strike, lambda: group_commit.submit("victim", key=1))
        if followers:
            eventually(lambda: victim.done() or group_commit._waiting, "its place")  # noqa: SLF001  # no other sign of it
        behind = [
            # Some may not travel with the victim, and one leads after it.
            threads.submit(group_commit.submit, f"follower {number}", key=number)
            for number in range(followers)
        ]
        eventually(lambda: len(group_commit._waiting) >= len(behind) or not held, "theirs")  # noqa: SLF001  # as above
        if not followers:
            outcome_of(victim)
        held_calls.gate.set()
        outcomes = {outcome_of(each) for each in behind}
    assert_whole(group_commit)
    return strike, outcomes


def new_group_commit(
    send: Callable[[list[str]], list[str]], *, max_entries: int, max_calls: int
) -> GroupCommit[str, str]:
    return GroupCommit(
        send,
        max_entries=max_entries,
        max_bytes=1_000,
        max_calls=max_calls,
        # A time limit is none of them.
        shared_errors=(OSError,),
    )


def assert_whole(group_commit: GroupCommit[str, str]) -> None:
    assert not group_commit._leaders  # noqa: SLF001  # nothing else shows a place that is lost
    assert not group_commit._waiting  # noqa: SLF001  # as above
    assert group_commit._entries_waiting == 0  # noqa: SLF001  # as above
    assert group_commit.submit("next", timeout_seconds=20) == "sent next"


@pytest.mark.parametrize(
    ("patience_seconds", "scene"),
    [
        pytest.param(60.0, {"held": 0, "followers": 0, "max_calls": 1}, id="leads at once"),
        pytest.param(60.0, {"held": 1, "followers": 5, "max_calls": 1}, id="inherits a place"),
        pytest.param(0.0, {"held": 2, "followers": 0, "max_calls": 3}, id="takes a place"),
    ],
)
def test_it_loses_neither_place_nor_follower_wherever_its_leader_is_cut_off(
    patience_seconds: float, scene: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.group_commit.commit._PATIENCE_SECONDS", patience_seconds)
    sent = {f"sent follower {number}" for number in range(scene["followers"])}
    for line_number in range(1, _MOST_LINES):
        strike, outcomes = cut(line_number, **scene)
        assert outcomes <= sent | {"GroupCommitAborted"}, f"cut at line {line_number}"
        if strike.lines_left > 0:
            break

    assert strike.lines_left > 0
    assert line_number > 20
    assert outcomes == sent


@pytest.fixture
def _no_collection() -> Iterator[None]:
    """Let no strike hit what other tests left to the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
def test_it_outlives_time_limits_that_strike_its_callers_anywhere() -> None:
    def send(entries: list[str]) -> list[str]:
        time.sleep(0.0005)
        return [f"sent {entry}" for entry in entries]

    group_commit = new_group_commit(send, max_entries=5, max_calls=2)
    callers: set[int] = set()
    is_over = threading.Event()

    def submit() -> None:
        try:
            callers.add(threading.get_ident())
            while not is_over.is_set():
                with_company(group_commit)
        except TimeLimitError:
            submit()

    with ThreadPoolExecutor(12) as threads:
        futures = [threads.submit(submit) for _ in range(12)]
        eventually(lambda: len(callers) == 12, "all call")
        for _ in range(_STRIKES):
            time.sleep(0.002)
            raise_in_thread(random.choice([*callers]))  # noqa: S311  # no secret
        is_over.set()
        # One that was struck at its very end has ended too.
        ends = {type(future.exception(20)) for future in futures}

    assert ends <= {type(None), TimeLimitError}
    assert_whole(group_commit)


def with_company(group_commit: GroupCommit[str, str]) -> None:
    try:
        assert group_commit.submit("a", timeout_seconds=20) == "sent a"
    except GroupCommitAborted:
        return


def raise_in_thread(thread_id: int) -> None:
    exception = ctypes.py_object(TimeLimitError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), exception)
