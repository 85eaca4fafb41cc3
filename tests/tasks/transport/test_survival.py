"""A worker outlives whatever SQS, or the way there, does to it."""

import uuid
from typing import Any

import pytest

from tests.faults import FaultProxy, drop, hang, refuse, respond
from tests.faults.rules import Fault, Rule
from tests.processes import eventually
from tests.tasks.transport.conftest import Publish, StartWorker
from tests.tasks.transport.worker import Worker

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def threads(start_lasting_worker: StartWorker) -> Worker:
    return start_lasting_worker("-P", "threads", "-c", "2")


@pytest.fixture(scope="module")
def processes(start_lasting_worker: StartWorker) -> Worker:
    return start_lasting_worker("-P", "prefork", "-c", "1")


@pytest.fixture(params=["threads", "processes"])
def worker(request: pytest.FixtureRequest, threads: Worker, processes: Worker) -> Worker:
    return {"threads": threads, "processes": processes}[request.param].await_calm()


def assert_it_works(worker: Worker, publisher_for: Publish) -> None:
    name = uuid.uuid4().hex
    publisher_for(worker.queue).send("work", name)
    eventually(lambda: worker.ended(name), "the task")
    assert worker.exit_code is None


def fail_polls(proxy: FaultProxy, worker: Worker, fault: Fault, *, times: int) -> Rule:
    def is_workers(call: dict[str, Any]) -> bool:
        return bool(call["QueueUrl"] == worker.queue.url)

    return proxy.inject("ReceiveMessage", fault, times=times, when=is_workers)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(refuse(500, "InternalFailure"), id="500"),
        pytest.param(refuse(503, "ServiceUnavailable"), id="503"),
        pytest.param(refuse(403, "ExpiredToken"), id="403"),
        pytest.param(refuse(400, "ThrottlingException"), id="400"),
        pytest.param(drop(), id="dropped connection"),
        pytest.param(respond(200, b"<html>not json"), id="garbage"),
        pytest.param(respond(200, b'{"Messages": [7, null, {"Body": 1}]}'), id="odd json"),
    ],
)
def test_it_polls_on_after(
    *, threads: Worker, proxy: FaultProxy, publisher_for: Publish, fault: Fault
) -> None:
    threads.await_calm()
    rule = fail_polls(proxy, threads, fault, times=2)

    eventually(lambda: rule.used == 2, "two failures")

    assert_it_works(threads, publisher_for)


def test_it_polls_on_in_front_of_processes_too(
    processes: Worker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    processes.await_calm()
    rule = fail_polls(proxy, processes, refuse(500, "InternalFailure"), times=2)

    eventually(lambda: rule.used == 2, "two failures")

    assert_it_works(processes, publisher_for)


def test_it_polls_on_after_the_network_was_cut(
    worker: Worker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    begun = worker.outages_begun
    proxy.cut()
    eventually(lambda: worker.outages_begun > begun, "the warning")
    # SQS hands a message to a poll whose connection is gone, and then hides it from everybody.
    eventually(lambda: not proxy.in_flight["ReceiveMessage"], "the end of the polls")
    proxy.heal()

    assert_it_works(worker, publisher_for)


def test_it_tells_of_an_outage_once(
    threads: Worker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    threads.await_calm()
    begun, over = threads.outages_begun, threads.outages_over
    rule = fail_polls(proxy, threads, refuse(503, "ServiceUnavailable"), times=3)

    eventually(lambda: rule.used == 3, "three failures")
    assert_it_works(threads, publisher_for)

    eventually(lambda: threads.outages_over == over + 1, "the all-clear")
    assert threads.outages_begun == begun + 1


def test_it_leaves_a_poll_that_hangs(
    threads: Worker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    threads.await_calm()
    rule = fail_polls(proxy, threads, hang(), times=1)

    eventually(lambda: rule.used, "a hung poll")

    assert_it_works(threads, publisher_for)


def test_it_deletes_in_spite_of_failures(
    threads: Worker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    threads.await_calm()
    rule = proxy.inject("DeleteMessageBatch", refuse(503, "ServiceUnavailable"), times=2)

    assert_it_works(threads, publisher_for)

    eventually(lambda: rule.used == 2, "two failures")
    eventually(lambda: threads.queue.invisible == 0, "the deletion")
    assert threads.queue.visible == 0


def test_it_starts_in_an_outage(
    start_worker: StartWorker, proxy: FaultProxy, publisher_for: Publish
) -> None:
    rule = proxy.inject("GetQueueAttributes", refuse(503, "ServiceUnavailable"), times=1)

    worker = start_worker("-P", "threads", "-c", "1").await_ready()

    assert rule.used == 1
    assert_it_works(worker, publisher_for)
