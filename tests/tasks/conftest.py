"""Work as a worker does it, in the test's own thread: no broker, no worker, no pool."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

from config.celery import app
from events.registry import registered
from tasks import errands
from tasks.errands import Errands
from tasks.processing import process_event
from tests.factories import accept_event
from tests.processes import eventually

EVENT_TYPE = "order.created"


class SentTask(NamedTuple):
    """A task as it was given to Celery."""

    name: str
    args: list[Any]
    queue: str
    options: dict[str, Any]


@dataclass
class FakeBroker:
    """Keeps what Celery was asked to send."""

    sent: list[SentTask] = field(default_factory=list)
    is_away: bool = False
    refused: int = 0

    def send_task(self, name: str, *, args: list[Any], queue: Queue, **options: Any) -> None:
        if self.is_away:
            self.refused += 1
            raise OperationalError("the fake broker is away")
        self.sent.append(SentTask(name, args, queue.name, options))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    fake = FakeBroker()
    monkeypatch.setattr(app, "send_task", fake.send_task)
    return fake


class FakeHorizon:
    """What workers see of the queue: drained unless a test says otherwise."""

    microseconds: int | None = None


@pytest.fixture
def horizon(monkeypatch: pytest.MonkeyPatch) -> FakeHorizon:
    fake = FakeHorizon()
    monkeypatch.setattr(errands, "horizon", fake)
    return fake


Look = Callable[[Errands[Any]], None]


@pytest.fixture
def look(horizon: FakeHorizon) -> Iterator[Look]:  # noqa: ARG001  # nothing is queued
    """Let a worker look once, and wait until it has done what it found."""
    with ThreadPoolExecutor() as executor:

        def look_once(worker: Errands[Any]) -> None:
            worker.look(executor)
            eventually(lambda: not worker._in_hand, "all in hand is done")  # noqa: SLF001

        yield look_once


Handle = Callable[..., str]


@pytest.fixture
def handle() -> Iterator[Handle]:
    """Register a handler for the test's length, and return the id of an event for it."""
    with ExitStack() as handlers:

        def register(function: Callable[..., Any], **options: Any) -> str:
            handlers.enter_context(registered(EVENT_TYPE, function, **options))
            return accept_event(event_type=EVENT_TYPE)

        yield register


def deliver(
    event_id: str, *, generation: int = 1, message_id: str = "message-1", **headers: str
) -> Exception | None:
    """Let a worker work on a message; return what the task told Celery by raising it."""
    process_event.push_request(
        id="task-1",
        args=[event_id, generation],
        called_directly=False,
        **headers,
        properties={
            "delivery_tag": "receipt-1",
            "delivery_info": {
                "sqs_message": {"MessageId": message_id},
                "sqs_queue": f"{settings.QUEUE_URL_PREFIX}/{settings.WORK_QUEUE}",
            },
        },
    )
    try:
        process_event.run(event_id, generation)
    except Exception as ending:  # noqa: BLE001  # any of Celery's words, or a handler's error
        return ending
    finally:
        process_event.pop_request()
    return None
