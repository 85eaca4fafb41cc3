"""What happens to a message in the hands of a worker, whichever pool runs its task."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.faults import FaultProxy, drop, refuse, respond
from tests.processes import eventually
from tests.tasks.transport.conftest import MakeQueue, Publish, StartWorker
from tests.tasks.transport.worker import Worker

pytestmark = pytest.mark.integration

POOLS = ("threads", "prefork")
VISIBILITY_SECONDS = 3
MARKER = "marker-in-a-foreign-message"


@pytest.fixture
def start_pools(start_worker: StartWorker) -> Callable[..., list[Worker]]:
    """Start a worker of each kind; they go through a test side by side."""

    def start(*arguments: str, **options: Any) -> list[Worker]:
        workers = [start_worker("-P", pool, *arguments, **options) for pool in POOLS]
        return [worker.await_ready() for worker in workers]

    return start


StartPools = Callable[..., list[Worker]]


def test_it_keeps_running_and_prefetched_messages_invisible(
    start_pools: StartPools, publisher_for: Publish
) -> None:
    workers = start_pools("-c", "1", TEST_VISIBILITY_SECONDS=VISIBILITY_SECONDS)
    for worker in workers:
        publisher = publisher_for(worker.queue)
        # The second waits in memory while the first runs: three visibilities together.
        publisher.send("work", "first", VISIBILITY_SECONDS * 2)
        publisher.send("work", "second", VISIBILITY_SECONDS)

    for worker in workers:
        eventually(partial(worker.ended, "first"), "the first task")
        eventually(partial(worker.ended, "second"), "the second task")
        eventually(worker.queue.is_empty, "both deletions")
        assert sorted(worker.runs()) == ["first", "second"]


def test_it_holds_a_message_for_a_retry(
    start_pools: StartPools, publisher_for: Publish, proxy: FaultProxy
) -> None:
    workers = start_pools("-c", "1", TEST_VISIBILITY_SECONDS=2)
    for worker in workers:
        publisher_for(worker.queue).send("hold_once", "held", 4)

    for worker in workers:
        eventually(partial(worker.ended, "held"), "the retry")
        first, second = [each for each in worker.notes("held") if each["what"] == "start"]
        # SQS counts whole seconds; a heartbeat that cut the wait short would show as 2.
        assert second["at"] - first["at"] > 3
        assert first["attributes"] == ["ApproximateReceiveCount", "SentTimestamp"]
        assert not first["body"]
    assert proxy.calls["SendMessage"] + proxy.calls["SendMessageBatch"] == 0


def test_it_shows_prefetched_messages_at_once_when_stopped(
    start_pools: StartPools, publisher_for: Publish, proxy: FaultProxy
) -> None:
    workers = start_pools("-c", "2")
    for worker in workers:
        publisher = publisher_for(worker.queue)
        for number in range(12):
            publisher.send("work", str(number), 1)
    for worker in workers:
        eventually(partial(has_prefetched, worker), "prefetching")
        worker.terminate()

    for worker in workers:
        assert worker.await_exit() == 0
        assert worker.queue.invisible == 0
        assert len(worker.runs()) == len(set(worker.runs()))
        assert all(worker.ended(name) for name in worker.runs())
        assert len(worker.runs()) + worker.queue.visible == 12
    assert proxy.calls["ChangeMessageVisibility"] == 0
    assert proxy.calls["ChangeMessageVisibilityBatch"] <= 6


def has_prefetched(worker: Worker) -> bool:
    return len(worker.runs()) >= 2 and worker.queue.invisible >= 8


def test_it_gives_back_what_its_last_poll_brings(
    start_pools: StartPools, publisher_for: Publish, proxy: FaultProxy
) -> None:
    workers = start_pools("-c", "1", "-l", "DEBUG", TEST_WAIT_SECONDS=3)
    eventually(lambda: proxy.in_flight["ReceiveMessage"] == len(workers), "a poll of each")
    for worker in workers:
        worker.terminate()
        eventually(partial(worker.says, "Canceling task consumer"), "the shutdown")
        publisher_for(worker.queue).send("work", "late")

    for worker in workers:
        assert worker.await_exit() == 0
        assert worker.queue.visible == 1
        assert worker.runs() == []


def test_it_leaves_poison_to_the_redrive_policy(
    start_pools: StartPools, publisher_for: Publish
) -> None:
    workers = start_pools("-c", "1", max_receive_count=1, TEST_VISIBILITY_SECONDS=1)
    for worker in workers:
        for body in poison():
            worker.queue.put(body)

    for worker in workers:
        eventually(partial(worker.queue.has_dead, len(poison())), "the dead letters")
        publisher_for(worker.queue).send("work", "sound")
        eventually(partial(worker.ended, "sound"), "a sound message")
        assert worker.exit_code is None
        said = len(re.findall("message_not_ours|could not be consumed", worker.log))
        assert said >= len(poison())
        assert MARKER not in worker.log


def poison() -> list[str]:
    properties: dict[str, Any] = {"delivery_info": {}, "body_encoding": None}
    json_body = {"content-type": "application/json", "content-encoding": "utf-8"}
    unknown = {"task": f"no.such.{MARKER}", "id": "1"}
    known = {"task": "tests.tasks.transport.app.work", "id": "2"}
    return [
        MARKER,
        json.dumps({"a": MARKER}),
        json.dumps([MARKER]),
        '{"properties": [1]}',
        '{"properties": {"delivery_info": 3}, "body": "x"}',
        '{"properties": {"body_encoding": "base64"}, "body": "#"}',
        json.dumps({"properties": properties, "body": "[[], {}, {}]", "headers": unknown}),
        json.dumps({"properties": properties, "body": MARKER, "headers": known, **json_body}),
        json.dumps({"properties": properties, "body": MARKER, "headers": {}, **json_body}),
        json.dumps({"properties": properties, "body": "[]", "headers": {"task": [1]}}),
        json.dumps({"properties": properties, "body": f"[{MARKER}]", "headers": {"task": MARKER}}),
    ]


def test_it_deletes_and_receives_in_batches(
    *, start_worker: StartWorker, make_queue: MakeQueue, publisher_for: Publish, proxy: FaultProxy
) -> None:
    queue = make_queue()
    publisher = publisher_for(queue)
    for number in range(200):
        publisher.send("work", str(number))
    worker = start_worker("-P", "threads", "-c", "4", "--prefetch-multiplier", "8", queue=queue)
    worker.await_ready()

    eventually(worker.queue.is_empty, "the deletions")

    assert len(worker.runs()) == 200
    assert proxy.calls["DeleteMessage"] == 0
    assert proxy.calls["DeleteMessageBatch"] <= 50
    assert proxy.calls["ReceiveMessage"] <= 60


def test_it_serves_greenlets_too(
    start_worker: StartWorker, publisher_for: Publish, proxy: FaultProxy
) -> None:
    options = ["-P", "gevent", "-c", "2", "--prefetch-multiplier", "4"]
    # Shorter than the second two wait and run, long enough for a machine that stalls.
    worker = start_worker(*options, TEST_VISIBILITY_SECONDS=4).await_ready()
    odd = respond(200, b'{"Messages": [7]}')
    for fault in (refuse(500, "InternalFailure"), refuse(403, "ExpiredToken"), drop(), odd):
        proxy.inject("ReceiveMessage", fault, times=1)
    worker.queue.put("not json")
    publisher = publisher_for(worker.queue)
    for name in "abcd":
        publisher.send("work", name, 3)

    for name in "abcd":
        eventually(partial(worker.ended, name), "the task")

    assert sorted(worker.runs()) == list("abcd")
    assert worker.exit_code is None


def test_it_stops_greenlets_without_losing_a_message(
    start_worker: StartWorker, publisher_for: Publish
) -> None:
    worker = start_worker("-P", "gevent", "-c", "2").await_ready()
    publisher = publisher_for(worker.queue)
    for number in range(12):
        publisher.send("work", str(number), 0.5)
    eventually(worker.runs, "the first task")
    worker.terminate()

    assert worker.await_exit() == 0
    assert worker.queue.invisible == 0
    assert len(worker.runs()) == len(set(worker.runs()))
    assert len(worker.runs()) + worker.queue.visible == 12
