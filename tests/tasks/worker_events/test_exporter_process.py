import socket
from collections.abc import Iterator

import pytest

from tests.processes import Process, eventually, free_port
from tests.tasks.worker_events.conftest import Reporting

pytestmark = pytest.mark.integration


@pytest.fixture
def exporter(idle: Reporting) -> Iterator[Process]:
    process = idle.start_exporter()
    idle.await_metrics()
    yield process
    process.terminate()
    process.wait()


def test_it_ends_cleanly_on_a_signal(exporter: Process) -> None:
    exporter.terminate()

    assert exporter.wait() == 0, exporter.log
    assert "Traceback" not in exporter.log


def test_it_refuses_to_read_beside_another(idle: Reporting, exporter: Process) -> None:
    second = idle.start_exporter(EXPORTER_PORT=str(free_port()))

    assert second.wait() == 1
    assert "Another exporter is reading the queue" in second.log
    assert "Traceback" not in second.log
    assert exporter.is_running


def test_it_takes_over_from_one_that_was_killed(idle: Reporting, exporter: Process) -> None:
    exporter.kill()

    successor = idle.start_exporter()

    idle.await_metrics()
    successor.terminate()
    assert successor.wait() == 0, successor.log


def test_it_waits_for_a_queue_that_is_missing(idle: Reporting) -> None:
    exporter = idle.start_exporter(WORKER_EVENTS_QUEUE="not-made-yet")

    eventually(lambda: "worker_events_away" in exporter.log, "it says that the queue is missing")
    idle.await_metrics()

    assert exporter.is_running
    exporter.terminate()
    assert exporter.wait() == 0, exporter.log
    assert exporter.log.count("worker_events_away") == 1


def test_it_refuses_a_port_that_is_taken(idle: Reporting) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        exporter = idle.start_exporter(EXPORTER_PORT=str(taken.getsockname()[1]))

        assert exporter.wait() == 1
    assert "cannot be listened on" in exporter.log
