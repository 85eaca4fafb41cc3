"""Deletions and visibility changes, against an SQS that does what the test says."""

import itertools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tasks.transport.deletion import Deletions
from tasks.transport.receipts import Queue
from tasks.transport.visibility import Visibility
from tests.processes import eventually

URL = "https://sqs.test/queue"
FIFO_URL = f"{URL}.fifo"


class FakeSQS:
    """Remembers calls; ``answers`` are taken first, then everything succeeds."""

    def __init__(self) -> None:
        self.deleted: list[list[str]] = []
        self.changes: list[tuple[str, int]] = []
        self.answers: list[Any] = []
        self.gate = threading.Event()
        self.gate.set()

    def delete_message_batch(self, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803  # botocore's names
        assert QueueUrl in {URL, FIFO_URL}
        self.deleted.append([entry["ReceiptHandle"] for entry in Entries])
        return self._answer()

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803  # botocore's names
        assert QueueUrl == URL
        self.changes += [(each["ReceiptHandle"], each["VisibilityTimeout"]) for each in Entries]
        self.gate.wait(20)
        return self._answer()

    def _answer(self) -> Any:
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        return answer


def failed(code: str, *, is_senders_fault: bool) -> dict[str, Any]:
    return {"Failed": [{"Id": "0", "Code": code, "SenderFault": is_senders_fault}]}


@pytest.fixture
def sqs() -> FakeSQS:
    return FakeSQS()


@pytest.fixture
def queue(sqs: FakeSQS) -> Queue:
    return Queue(sqs, URL)


def test_it_deletes_ten_to_a_call(
    sqs: FakeSQS, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletions = Deletions()
    monkeypatch.setattr(deletions, "_linger_seconds", 3_600)
    receipts = [str(number) for number in range(95)]
    for receipt in receipts:
        deletions.delete(queue, receipt)

    assert deletions.flush(20)
    assert sorted(itertools.chain(*sqs.deleted)) == sorted(receipts)
    assert len(sqs.deleted) <= 12


def test_it_takes_along_what_still_lingers(
    sqs: FakeSQS, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletions = Deletions()
    monkeypatch.setattr(deletions, "_linger_seconds", 3_600)
    deletions.delete(queue, "a")
    deletions.delete(queue, "b")
    monkeypatch.setattr(deletions, "_linger_seconds", 0)
    deletions.delete(queue, "c")

    eventually(lambda: sqs.deleted, "a deletion")
    assert sqs.deleted == [["a", "b", "c"]]


def test_it_keeps_no_fifo_queue_waiting(sqs: FakeSQS, monkeypatch: pytest.MonkeyPatch) -> None:
    deletions = Deletions()
    monkeypatch.setattr(deletions, "_linger_seconds", 3_600)
    deletions.delete(Queue(sqs, FIFO_URL), "a")

    eventually(lambda: sqs.deleted, "a deletion that does not linger")
    assert sqs.deleted == [["a"]]


@pytest.mark.parametrize(
    "trouble", [OSError("no network"), failed("InternalError", is_senders_fault=False)]
)
def test_it_tries_a_deletion_again_after(sqs: FakeSQS, queue: Queue, trouble: Any) -> None:
    sqs.answers = [trouble, trouble]
    deletions = Deletions()
    deletions.delete(queue, "a")

    assert deletions.flush(20)
    assert sqs.deleted == [["a"], ["a"], ["a"]]


def test_it_gives_up_a_receipt_that_sqs_refuses(sqs: FakeSQS, queue: Queue) -> None:
    sqs.answers = [failed("ReceiptHandleIsInvalid", is_senders_fault=True)]
    deletions = Deletions()
    deletions.delete(queue, "a")

    assert deletions.flush(20)
    assert sqs.deleted == [["a"]]


def test_it_ends_a_flush_in_time_while_sqs_is_away(sqs: FakeSQS, queue: Queue) -> None:
    sqs.answers = [OSError("no network")] * 100
    deletions = Deletions()
    deletions.delete(queue, "a")

    assert not deletions.flush(0.1)


def test_it_extends_what_is_in_hand_and_nothing_else(sqs: FakeSQS, queue: Queue) -> None:
    visibility = Visibility()
    # Let go long before its own first heartbeat would be due.
    visibility.keep(queue, "done", 60)
    visibility.let_go("done")
    visibility.keep(queue, "kept", 1)

    eventually(lambda: len(sqs.changes) >= 3, "three heartbeats")

    visibility.let_go("kept")
    assert set(sqs.changes) == {("kept", 1)}


def test_it_lets_no_heartbeat_shorten_a_wait(sqs: FakeSQS, queue: Queue) -> None:
    visibility = Visibility()
    visibility.keep(queue, "a", 1)
    sqs.gate.clear()
    eventually(lambda: sqs.changes, "a heartbeat under way")

    visibility.hide(queue, "a", 500)
    sqs.gate.set()

    assert visibility.flush(20)
    assert sqs.changes[-1][0] == "a"
    assert 490 <= sqs.changes[-1][1] <= 500
    assert sqs.changes[:-1] == [("a", 1)] * (len(sqs.changes) - 1)


def test_it_shows_a_message_at_once(sqs: FakeSQS, queue: Queue) -> None:
    visibility = Visibility()
    visibility.keep(queue, "a", 30)
    visibility.hide(queue, "a", 0)

    assert visibility.flush(20)
    assert sqs.changes == [("a", 0)]


def test_it_forgets_a_message_that_sqs_took_back(
    sqs: FakeSQS, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    sqs.answers = [failed("ReceiptHandleIsInvalid", is_senders_fault=True)]
    visibility = Visibility()
    visibility.keep(queue, "lost", 1)
    visibility.keep(queue, "kept", 1)

    eventually(lambda: sqs.changes.count(("kept", 1)) >= 3, "further heartbeats")

    visibility.let_go("kept")
    assert sqs.changes.count(("lost", 1)) == 1
    assert caplog.text.count("took back") == 1


def test_it_extends_again_after_an_error(sqs: FakeSQS, queue: Queue) -> None:
    sqs.answers = [OSError("no network")]
    visibility = Visibility()
    visibility.keep(queue, "a", 1)

    eventually(lambda: len(sqs.changes) >= 2, "the next heartbeat")

    visibility.let_go("a")


def test_it_tries_a_heartbeat_again_before_the_next(sqs: FakeSQS, queue: Queue) -> None:
    sqs.answers = [OSError("no network"), failed("InternalError", is_senders_fault=False)]
    visibility = beat_once(queue)

    # The next one is due in a day.
    eventually(lambda: len(sqs.changes) == 3, "it is tried until it succeeds")

    visibility.let_go("a")


def test_it_tries_no_heartbeat_again_of_what_was_let_go(sqs: FakeSQS, queue: Queue) -> None:
    sqs.answers = [OSError("no network")]
    sqs.gate.clear()
    visibility = beat_once(queue)
    eventually(lambda: sqs.changes, "the heartbeat")

    visibility.let_go("a")
    sqs.gate.set()

    assert visibility.flush(20)
    assert len(sqs.changes) == 1


def beat_once(queue: Queue) -> Visibility:
    """Take a message in hand for three days, whose first heartbeat is due at once."""
    visibility = Visibility()
    visibility.keep(queue, "a", 3 * 86_400)
    with visibility._changed:  # noqa: SLF001  # the test's own
        visibility._next_beat = 0.0  # noqa: SLF001  # as above
        visibility._changed.notify()  # noqa: SLF001  # as above
    return visibility


# Python 3.12 warns of every fork beside threads, which is the very case here.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_it_leaves_the_parents_messages_to_the_parent(sqs: FakeSQS, queue: Queue) -> None:
    visibility, deletions = Visibility(), Deletions()
    visibility.keep(queue, "a", 30)
    sqs.answers = [OSError("no network")] * 100
    deletions.delete(queue, "b")

    def is_idle() -> bool:
        return visibility.flush(0) and deletions.flush(0) and not visibility._in_hand  # noqa: SLF001  # no other sign of it

    assert in_child(is_idle)
    assert len(visibility._in_hand) == 1  # noqa: SLF001  # as above
    visibility.let_go("a")


def in_child(is_so: Callable[[], bool]) -> bool:
    child = os.fork()
    if not child:
        os._exit(0 if is_so() else 1)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False
