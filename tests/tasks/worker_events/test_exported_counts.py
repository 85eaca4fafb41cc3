import time
from collections.abc import Iterator

import pytest

from tests.faults import rules
from tests.processes import eventually
from tests.tasks.worker_events.conftest import QUEUE, Reporting

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def healthy_link(running: Reporting) -> Iterator[None]:
    running.proxy.clear()
    yield
    running.proxy.clear()
    running.proxy.heal()


def succeeded(running: Reporting) -> float:
    return running.value("task_succeeded_total", "succeed")


def test_it_counts_tasks_with_their_name_and_queue(running: Reporting) -> None:
    before = succeeded(running)

    running.send("succeed", "counted", times=20)

    for metric in ("task_received_total", "task_started_total", "task_succeeded_total"):
        running.await_value(before + 20, metric, "succeed", queue_name=QUEUE, hostname="steady")
    assert running.value("task_runtime_count", "succeed") == before + 20
    assert running.labels("queue_name") == {QUEUE}
    assert "None" not in running.labels("name")


def test_it_names_the_exception_that_made_a_task_fail(running: Reporting) -> None:
    before = running.value("task_failed_total", "fail_with_key_error", exception="KeyError")

    running.send("fail_with_key_error", times=3)

    running.await_value(
        before + 3, "task_failed_total", "fail_with_key_error", exception="KeyError"
    )


def test_it_names_an_exception_whatever_its_repr(running: Reporting) -> None:
    running.send("fail_oddly")

    running.await_value(1, "task_failed_total", "fail_oddly", exception="OddError")


def test_it_counts_retries_as_retries_alone(running: Reporting) -> None:
    running.send("retry_twice")

    running.await_value(1, "task_succeeded_total", "retry_twice")
    running.await_value(2, "task_retried_total", "retry_twice")
    running.await_value(3, "task_received_total", "retry_twice")
    assert running.value("task_failed_total", "retry_twice") == 0
    assert running.value("task_rejected_total", "retry_twice") == 0


def test_it_shows_the_worker_and_what_it_works_on(running: Reporting) -> None:
    running.send("wait_for_gate")

    running.await_value(1, "worker_up", hostname="steady")
    running.await_value(1, "worker_tasks_active", hostname="steady")
    running.open_gate()
    running.await_value(0, "worker_tasks_active", hostname="steady")


def test_it_works_on_and_catches_up_when_sqs_was_away(running: Reporting) -> None:
    before = succeeded(running)
    running.proxy.cut()
    # A poll that AWS still holds would take later events with it until they become visible again.
    eventually(lambda: not running.proxy.in_flight["ReceiveMessage"], "the last poll is over")

    running.send("succeed", "while-away", times=50)
    eventually(lambda: running.done("while-away") == 50, "all work is done while SQS is away")
    running.proxy.heal()

    running.await_value(before + 50, "task_succeeded_total", "succeed")
    assert running.logs.count("worker_events_away") >= 1
    eventually(lambda: "worker_events_back" in running.logs, "the log says that SQS is back")


def test_it_works_on_and_catches_up_when_sqs_hung(running: Reporting) -> None:
    before = succeeded(running)
    hanging = running.proxy.inject("SendMessage", rules.hang())

    running.send("succeed", "while-hanging", times=50)
    eventually(lambda: running.done("while-hanging") == 50, "all work is done while SQS hangs")
    eventually(lambda: hanging.used, "events were sent in vain")
    running.proxy.remove(hanging)

    running.await_value(before + 50, "task_succeeded_total", "succeed")


@pytest.mark.parametrize("operation", ["SendMessage", "DeleteMessageBatch"])
def test_it_counts_once_what_a_lost_answer_repeats(running: Reporting, operation: str) -> None:
    before = succeeded(running)
    lost = running.proxy.inject(operation, rules.lose_answer(), times=1)

    running.send("succeed", "repeated", times=5)
    eventually(lambda: lost.used, "an answer was lost")
    running.await_value(before + 5, "task_succeeded_total", "succeed")

    sent = running.proxy.calls["SendMessage"]
    eventually(lambda: running.proxy.calls["SendMessage"] >= sent + 2, "later events are sent")
    assert succeeded(running) == before + 5


def test_it_skips_what_it_cannot_read(running: Reporting) -> None:
    before = succeeded(running)

    running.put_event_message("not ours")
    running.send("succeed", "after-garbage")

    running.await_value(before + 1, "task_succeeded_total", "succeed")
    assert "worker_events_message_skipped" in running.logs


def test_it_sends_at_most_once_a_second(running: Reporting) -> None:
    before = succeeded(running)
    running.proxy.clear()
    began_at = time.monotonic()

    running.send("succeed", "packed", times=200)
    running.await_value(before + 200, "task_succeeded_total", "succeed")

    # One for the second that had begun already.
    assert running.proxy.calls["SendMessage"] <= time.monotonic() - began_at + 1


def test_it_reports_a_worker_that_stops(running: Reporting) -> None:
    worker = running.start_worker("leaving")
    running.await_value(1, "worker_up", hostname="leaving")

    worker.terminate()

    assert worker.wait() == 0
    running.await_value(0, "worker_up", hostname="leaving")
