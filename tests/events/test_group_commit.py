"""Concurrent callers share calls, and each hears of its own entry alone."""

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from events.group_commit import (
    GroupCommit,
    GroupCommitAborted,
    GroupCommitFull,
    GroupCommitTimeout,
)
from tests.processes import eventually


class TimeLimitError(Exception):
    """What strikes one thread, wherever it is."""


class RefusedError(Exception):
    """What one entry got."""


class Sender:
    """Sends what it is given; while its gate is closed, the first call stays under way."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, entries: list[Any]) -> list[Any]:
        self.calls.append(entries)
        assert self.gate.wait(20)
        if "break" in entries:
            raise OSError("no network")
        if "overrun" in entries:
            raise TimeLimitError("of the leading thread")
        return [ValueError(entry) if entry == "bad" else f"sent {entry}" for entry in entries]


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


@pytest.fixture
def group_commit(sender: Sender) -> GroupCommit[str, str]:
    return GroupCommit(sender, max_entries=10, max_bytes=100, max_calls=1, max_waiting=30)


def send_while_busy(
    group_commit: GroupCommit[str, str],
    threads: ThreadPoolExecutor,
    entries: list[tuple[str, dict[str, Any]]],
) -> list[Future[str]]:
    """Submit the entries, in order, while a first call is under way; then let it return."""
    sender: Any = group_commit._send  # noqa: SLF001  # the test's own
    sender.gate.clear()
    futures = [threads.submit(group_commit.submit, "first")]
    eventually(lambda: sender.calls, "the first call")
    for number, (entry, options) in enumerate(entries, start=1):
        futures.append(threads.submit(group_commit.submit, entry, **options))
        eventually(lambda n=number: len(group_commit._waiting) == n, "its place")  # type: ignore[misc]  # noqa: SLF001  # no other sign of it
    sender.gate.set()
    return futures[1:]


def test_it_sends_a_lone_entry_at_once(group_commit: GroupCommit[str, str]) -> None:
    assert group_commit.submit("a") == "sent a"


def refuse_each(_: list[str]) -> list[Any]:
    return [RefusedError()]


def refuse_all(_: list[str]) -> list[Any]:
    raise RefusedError


@pytest.mark.parametrize("send", [refuse_each, refuse_all])
def test_it_lets_go_of_an_error_with_its_caller(send: Callable[[list[str]], list[Any]]) -> None:
    group_commit = GroupCommit[str, str](send, max_entries=10, max_bytes=100)
    gc.disable()
    try:
        try:
            group_commit.submit("a")
        except RefusedError as error:
            refused = weakref.ref(error)
        assert refused() is None
    finally:
        gc.enable()


def test_it_gathers_what_comes_while_a_call_is_under_way(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    futures = send_while_busy(group_commit, threads, [(str(n), {}) for n in range(12)])

    assert [future.result(20) for future in futures] == [f"sent {n}" for n in range(12)]
    assert sender.calls == [["first"], [str(n) for n in range(10)], ["10", "11"]]


def test_it_waits_for_more_company_the_more_calls_are_in_flight(
    sender: Sender, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.group_commit.commit._PATIENCE_SECONDS", 60.0)
    group_commit = GroupCommit(sender, max_entries=25, max_bytes=100)
    sender.gate.clear()
    futures = []
    second = [(1, waiting) for waiting in range(1, 5)]
    third = [(2, waiting) for waiting in range(1, 12)]
    places = [(1, 0), *second, (2, 0), *third, (3, 0)]
    for number, (calls, waiting) in enumerate(places):
        futures.append(threads.submit(group_commit.submit, str(number)))
        eventually(lambda c=calls: len(sender.calls) == c, "the call")  # type: ignore[misc]
        eventually(lambda w=waiting: len(group_commit._waiting) == w, "its place")  # type: ignore[misc]  # noqa: SLF001  # no other sign of it
    sender.gate.set()

    assert [future.result(20) for future in futures] == [
        f"sent {number}" for number in range(len(places))
    ]
    assert [len(call) for call in sender.calls] == [1, 5, 12]


def test_it_does_not_let_calls_that_hang_hold_up_the_others(
    sender: Sender, threads: ThreadPoolExecutor
) -> None:
    group_commit = GroupCommit(sender, max_entries=10, max_bytes=100)
    sender.gate.clear()
    futures = []
    for number in range(1, 4):
        futures.append(threads.submit(group_commit.submit, str(number)))
        eventually(lambda n=number: len(sender.calls) == n, "the call")  # type: ignore[misc]
    sender.gate.set()

    assert [future.result(20) for future in futures] == ["sent 1", "sent 2", "sent 3"]


def test_it_gives_a_free_place_to_few_who_have_waited(threads: ThreadPoolExecutor) -> None:
    calls: list[list[str]] = []
    gates = [threading.Event() for _ in range(4)]

    def hang(entries: list[str]) -> list[str]:
        calls.append(entries)
        if entries[0].isdigit():
            assert gates[int(entries[0])].wait(20)
        return entries

    group_commit = GroupCommit(hang, max_entries=25, max_bytes=100)
    hung = []
    for number in range(4):
        hung.append(threads.submit(group_commit.submit, str(number)))
        eventually(lambda n=number: len(calls) == n + 1, "the call")  # type: ignore[misc]
    few = [threads.submit(group_commit.submit, name) for name in "abc"]
    eventually(lambda: have_waited(group_commit, 3), "they have waited")
    gates[2].set()

    assert [future.result(20) for future in few] == ["a", "b", "c"]
    for gate in gates:
        gate.set()
    assert [future.result(20) for future in hung] == ["0", "1", "2", "3"]


def test_it_lets_single_entries_in_beside_full_calls(threads: ThreadPoolExecutor) -> None:
    is_over = threading.Event()

    def send(entries: list[str]) -> list[str]:
        is_over.wait(0.01)
        return entries

    def submit_many() -> None:
        while not is_over.is_set():
            group_commit.submit_all(["of many"] * 250)

    group_commit = GroupCommit(send, max_entries=25, max_bytes=10_000)
    many = [threads.submit(submit_many) for _ in range(3)]
    eventually(lambda: len(group_commit._leaders) == 4, "all places are taken")  # noqa: SLF001  # no other sign of it
    single = [threads.submit(group_commit.submit, name, timeout_seconds=20) for name in "abc"]
    try:
        assert [future.result(40) for future in single] == ["a", "b", "c"]
    finally:
        is_over.set()
    for future in many:
        future.result(20)


def have_waited(group_commit: GroupCommit[str, str], count: int) -> bool:
    waiting = list(group_commit._waiting)  # noqa: SLF001  # no other sign of it
    now = time.monotonic()
    return len(waiting) == count and all(now - each.waits_since > 0.2 for each in waiting)


def test_it_never_sends_one_key_twice_in_a_call(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    entries = [("a", {"key": 1}), ("b", {"key": 1}), ("c", {"key": 2})]
    futures = send_while_busy(group_commit, threads, entries)

    assert [future.result(20) for future in futures] == ["sent a", "sent b", "sent c"]
    assert sender.calls[1:] == [["a", "c"], ["b"]]


def test_it_bounds_the_bytes_of_a_call(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    entries = [(name, {"size_bytes": 60}) for name in "abc"]
    futures = send_while_busy(group_commit, threads, entries)

    assert [future.result(20) for future in futures] == ["sent a", "sent b", "sent c"]
    assert sender.calls[1:] == [["a"], ["b"], ["c"]]


def test_it_sends_an_entry_beyond_the_bound_alone(group_commit: GroupCommit[str, str]) -> None:
    assert group_commit.submit("large", size_bytes=1_000) == "sent large"


def test_it_raises_an_entrys_error_to_its_caller_alone(
    group_commit: GroupCommit[str, str], threads: ThreadPoolExecutor
) -> None:
    good, bad = send_while_busy(group_commit, threads, [("good", {}), ("bad", {})])

    assert good.result(20) == "sent good"
    with pytest.raises(ValueError, match="bad"):
        bad.result(20)


def test_it_raises_a_calls_error_to_everybody_in_it(
    group_commit: GroupCommit[str, str], threads: ThreadPoolExecutor
) -> None:
    futures = send_while_busy(group_commit, threads, [("a", {}), ("break", {})])

    for future in futures:
        with pytest.raises(OSError, match="no network"):
            future.result(20)
    assert group_commit.submit("next") == "sent next"


def test_it_keeps_from_others_what_strikes_the_leading_thread(
    sender: Sender, threads: ThreadPoolExecutor
) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(
        sender, max_entries=10, max_bytes=100, max_calls=1, shared_errors=(OSError,)
    )
    leader, other = send_while_busy(group_commit, threads, [("overrun", {}), ("a", {})])

    with pytest.raises(TimeLimitError):
        leader.result(20)
    with pytest.raises(GroupCommitAborted):
        other.result(20)
    assert group_commit.submit("next") == "sent next"


def test_it_withdraws_an_entry_that_found_no_place_in_time(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    sender.gate.clear()
    first = threads.submit(group_commit.submit, "first")
    eventually(lambda: sender.calls, "the first call")

    with pytest.raises(GroupCommitTimeout):
        group_commit.submit("late", timeout_seconds=0.01)

    sender.gate.set()
    assert first.result(20) == "sent first"
    assert group_commit.submit("next") == "sent next"
    assert sender.calls == [["first"], ["next"]]


def test_it_refuses_more_than_it_has_room_for(sender: Sender, threads: ThreadPoolExecutor) -> None:
    group_commit = GroupCommit(sender, max_entries=10, max_bytes=100, max_calls=1, max_waiting=0)
    sender.gate.clear()
    first = threads.submit(group_commit.submit, "first")
    eventually(lambda: sender.calls, "the first call")

    with pytest.raises(GroupCommitFull):
        group_commit.submit("second")

    sender.gate.set()
    assert first.result(20) == "sent first"


def test_it_tells_a_missing_outcome_from_success() -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(
        lambda _entries: [], max_entries=10, max_bytes=100
    )

    with pytest.raises(GroupCommitAborted):
        group_commit.submit("a")


def test_it_goes_on_after_its_leader_was_cut_off() -> None:
    interruptions: list[BaseException] = [KeyboardInterrupt()]

    def send(entries: list[str]) -> list[str]:
        if interruptions:
            raise interruptions.pop()
        return entries

    group_commit = GroupCommit(send, max_entries=10, max_bytes=100, max_calls=1)
    with pytest.raises(KeyboardInterrupt):
        group_commit.submit("a")

    assert group_commit.submit("b") == "b"


def test_it_gives_every_caller_its_own_result(threads: ThreadPoolExecutor) -> None:
    def send(entries: list[int]) -> list[int | Exception]:
        return [ValueError(entry) if entry % 7 == 0 else -entry for entry in entries]

    group_commit = GroupCommit(send, max_entries=25, max_bytes=1_000, max_calls=3)

    def submit(number: int) -> int:
        try:
            return group_commit.submit(number, key=number % 12, size_bytes=number % 100)
        except ValueError as error:
            return int(error.args[0])

    results = list(threads.map(submit, range(2_000)))

    assert results == [number if number % 7 == 0 else -number for number in range(2_000)]


# Python 3.12 warns of every fork beside threads, which is the very case here.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_it_starts_afresh_in_a_child(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    sender.gate.clear()
    first = threads.submit(group_commit.submit, "first")
    eventually(lambda: sender.calls, "the first call")
    child = os.fork()
    if not child:
        sender.gate = threading.Event()
        sender.gate.set()
        os._exit(0 if group_commit.submit("a") == "sent a" else 1)

    sender.gate.set()
    assert os.waitpid(child, 0)[1] == 0
    assert first.result(20) == "sent first"


def test_it_sends_many_entries_of_one_caller_in_full_calls(sender: Sender) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(sender, max_entries=25, max_bytes=10_000)
    names = [str(number) for number in range(1_000)]

    assert group_commit.submit_all(names) == [f"sent {name}" for name in names]
    assert [len(call) for call in sender.calls] == [25] * 40


def test_it_sends_several_of_their_calls_at_once() -> None:
    meeting = threading.Barrier(3)

    def send(entries: list[str]) -> list[str]:
        meeting.wait(20)
        return entries

    group_commit = GroupCommit(send, max_entries=1, max_bytes=100, max_calls=3)

    assert group_commit.submit_all(["a", "b", "c"]) == ["a", "b", "c"]


def test_it_gives_each_of_many_entries_its_own_outcome(sender: Sender) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(sender, max_entries=2, max_bytes=100)

    first, bad, last = group_commit.submit_all(["a", "bad", "c"])
    assert (first, last) == ("sent a", "sent c")
    assert isinstance(bad, ValueError)


def test_it_gives_a_calls_error_to_that_calls_entries_alone(sender: Sender) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(sender, max_entries=2, max_bytes=100)

    outcomes = group_commit.submit_all(["a", "break", "c", "d"])

    assert [isinstance(each, OSError) for each in outcomes] == [True, True, False, False]


def test_it_parts_many_entries_by_key_and_size(sender: Sender) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(
        sender, max_entries=25, max_bytes=10, max_calls=1
    )
    group_commit.submit_all(["aa", "ab", "bc", "cccccccc"], key_of=lambda e: e[0], size_of=len)

    assert sender.calls == [["aa"], ["ab", "bc"], ["cccccccc"]]


def test_it_does_not_send_what_has_run_out_of_time(sender: Sender) -> None:
    group_commit: GroupCommit[str, str] = GroupCommit(sender, max_entries=2, max_bytes=100)

    outcomes = group_commit.submit_all(["a", "b", "c"], timeout_seconds=0)

    assert [type(each) for each in outcomes] == [GroupCommitTimeout] * 3
    assert not sender.calls


def test_it_takes_others_along_with_many_entries(
    group_commit: GroupCommit[str, str], sender: Sender, threads: ThreadPoolExecutor
) -> None:
    sender.gate.clear()
    first = threads.submit(group_commit.submit, "first")
    eventually(lambda: sender.calls, "the first call")
    many = threads.submit(group_commit.submit_all, [str(number) for number in range(8)])
    eventually(lambda: group_commit._waiting, "their place")  # noqa: SLF001  # no other sign of it
    other = threads.submit(group_commit.submit, "other")
    eventually(lambda: len(group_commit._waiting) == 2, "its place")  # noqa: SLF001  # as above
    sender.gate.set()

    assert len(many.result(20)) == 8
    assert (first.result(20), other.result(20)) == ("sent first", "sent other")
    assert sender.calls[1] == [*(str(number) for number in range(8)), "other"]
