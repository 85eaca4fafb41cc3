import os
import threading
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import BotoCoreError

from tasks.worker_events.message import unpack_events
from tasks.worker_events.outbox import Outbox
from tests.processes import eventually


class FakeQueue:
    """Takes messages, or fails while it is away."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.failed: list[str] = []
        self.is_away = False

    def send(self, body: str) -> None:
        if self.is_away:
            self.failed.append(body)
            raise BotoCoreError
        self.bodies.append(body)

    @property
    def events(self) -> list[object]:
        return [event for body in self.bodies for event in unpack_events(body)]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeQueue:
    fake = FakeQueue()
    monkeypatch.setattr("tasks.worker_events.outbox.QueueClient", lambda _name: fake)
    return fake


MakeOutbox = Callable[..., Outbox]


@pytest.fixture
def make_outbox(queue: FakeQueue) -> Iterator[MakeOutbox]:
    outboxes: list[Outbox] = []

    def make(max_waiting: int = 100) -> Outbox:
        outboxes.append(Outbox("any", max_waiting=max_waiting, interval_seconds=0.01))
        return outboxes[-1]

    yield make
    queue.is_away = False
    for outbox in outboxes:
        outbox.close(10)


def test_it_sends_in_order_and_keeps_nothing(make_outbox: MakeOutbox, queue: FakeQueue) -> None:
    outbox = make_outbox()

    for i in range(50):
        outbox.put(str(i))

    eventually(lambda: queue.events == list(range(50)), "all is sent")


def test_it_sends_the_same_message_again_after_a_failure(
    make_outbox: MakeOutbox, queue: FakeQueue
) -> None:
    queue.is_away = True
    outbox = make_outbox()
    outbox.put("1")
    eventually(lambda: queue.failed, "a message fails")
    outbox.put("2")

    queue.is_away = False

    eventually(lambda: queue.events == [1, 2], "all is sent")
    assert set(queue.failed) == {queue.bodies[0]}


def test_it_drops_and_counts_the_oldest_when_full(
    make_outbox: MakeOutbox, queue: FakeQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.is_away = True
    outbox = make_outbox(max_waiting=3)
    outbox.put("0")
    eventually(lambda: queue.failed, "a message is under way")

    for i in range(1, 9):
        outbox.put(str(i))
    queue.is_away = False

    eventually(lambda: queue.events == [0, 6, 7, 8], "the newest are sent")
    outbox.close(10)
    assert caplog.text.count("worker_events_away") == 1
    assert caplog.text.count("worker_events_back") == 1
    assert "'dropped_total': 5" in caplog.text


def test_it_sends_what_waits_when_it_closes(queue: FakeQueue) -> None:
    outbox = Outbox("any", interval_seconds=3_600)
    outbox.put("1")

    outbox.close(10)

    assert queue.events == [1]


def test_it_closes_in_time_when_sqs_hangs(
    queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(queue, "send", lambda _body: answered.wait())
    outbox = Outbox("any", interval_seconds=0.01)
    outbox.put("1")

    outbox.close(0.1)

    answered.set()
    outbox.close(10)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_it_starts_afresh_in_a_child_process(queue: FakeQueue) -> None:
    outbox = Outbox("any", interval_seconds=3_600)
    outbox.put("1")

    child = os.fork()
    if child == 0:
        code = 1
        try:
            outbox.put("2")
            outbox.close(10)
            code = 0 if queue.events == [2] else 1
        finally:
            os._exit(code)

    assert os.waitpid(child, 0)[1] == 0
    outbox.close(10)
    assert queue.events == [1]
