import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.transport import SettleAtOnce


@pytest.fixture
def consumer() -> Any:
    made = SimpleNamespace()
    SettleAtOnce(made).start(made)
    return made


def test_it_settles_in_the_thread_that_ran_the_task(consumer: Any) -> None:
    threads: list[int] = []

    consumer.call_soon_ack(
        lambda *_, **__: threads.append(threading.get_ident()), "log", multiple=1
    )

    assert threads == [threading.get_ident()]


def test_it_keeps_a_failure_from_the_thread(
    consumer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        consumer.call_soon_ack(lambda: 1 / 0)

    assert "could not be settled" in caplog.text
