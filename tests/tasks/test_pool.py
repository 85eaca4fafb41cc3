"""What the pool of threads does beyond Celery's: nothing fails unseen, nothing begins too late."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings

from tasks import pool as pool_module
from tasks.pool import TaskPool
from tests.processes import eventually


@dataclass
class FakeMessage:
    delivery_tag: str = "tag"
    acknowledged: bool = False
    rejected: list[bool] = field(default_factory=list)

    def reject(self, *, requeue: bool) -> None:
        self.rejected.append(requeue)


@dataclass(eq=False)
class FakeRequest:
    """A request of Celery's whose last step fails, if it is told to."""

    message: FakeMessage = field(default_factory=FakeMessage)
    id: str = "task-1"
    breaks: bool = False

    def on_success(self, _: object) -> None:
        if self.breaks:
            raise TypeError("no result of Celery's")


@pytest.fixture
def pool() -> Iterator[Any]:
    made: Any = TaskPool(1)
    yield made
    made.executor.shutdown(cancel_futures=True)


def apply(pool: Any, target: Any, request: FakeRequest) -> Any:
    return pool.on_apply(target, (), callback=request.on_success).f


@pytest.mark.parametrize("is_settled", [False, True])
def test_it_tells_of_a_task_that_breaks_and_gives_its_message_back(
    pool: Any, caplog: pytest.LogCaptureFixture, *, is_settled: bool
) -> None:
    caplog.set_level(logging.ERROR)
    message = FakeMessage(acknowledged=is_settled)

    future = apply(pool, lambda: None, FakeRequest(message, breaks=True))

    eventually(lambda: "task_broke" in caplog.text, "the log tells of it")
    assert isinstance(future.exception(), TypeError)
    assert message.rejected == ([] if is_settled else [True])


def test_it_begins_nothing_once_that_was_taken_back(pool: Any) -> None:
    is_begun, may_end = threading.Event(), threading.Event()
    later: list[str] = []

    def work() -> None:
        is_begun.set()
        may_end.wait(20)

    running = apply(pool, work, FakeRequest(FakeMessage("running")))
    is_begun.wait(20)
    waiting = apply(pool, lambda: later.append("ran"), FakeRequest(FakeMessage("waiting")))

    assert pool.cancel_waiting() == {"running"}
    may_end.set()
    running.result(20)
    assert waiting.cancelled()
    assert later == []


def test_it_counts_what_a_stop_may_take_from_its_first_step(
    pool: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STOP_SECONDS = 600
    handed_back: list[object] = []
    monkeypatch.setattr(pool_module, "_hand_back", handed_back.append)
    may_end = threading.Event()
    apply(pool, lambda: may_end.wait(20), FakeRequest())
    pool.cancel_waiting()
    monkeypatch.setattr(pool, "_stopping_since", time.monotonic() - 600)

    pool.on_stop()

    assert len(handed_back) == 1
    assert not may_end.is_set()
    may_end.set()
