import hashlib
import json
import time
from typing import Any

import pytest
from celery import Celery

from tasks.worker_events.message import pack_events
from tasks.worker_events.receiver import SQSEventReceiver

Seen = list[dict[str, Any]]


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def receiver(seen: Seen) -> SQSEventReceiver:
    app = Celery("exporter", broker="memory://", set_as_current=False)

    def refuse(_event: dict[str, Any]) -> None:
        raise KeyError("uuid")

    return SQSEventReceiver(None, {"*": seen.append, "task-failed": refuse}, app=app)


class FakeQueue:
    """Gives each batch of messages once and keeps what was deleted."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.deleted: list[dict[str, Any]] = []

    def receive(self) -> list[dict[str, Any]]:
        if not self._messages:
            raise KeyboardInterrupt
        return [self._messages.pop(0)]

    def delete(self, messages: list[dict[str, Any]]) -> None:
        self.deleted += messages


def message(*events: dict[str, Any]) -> dict[str, Any]:
    return raw(pack_events([json.dumps(event) for event in events])[0])


def raw(body: str) -> dict[str, Any]:
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"Body": body, "MD5OfBody": digest}


def event(event_type: str, timestamp: float = 0.0, hostname: str = "worker@a") -> dict[str, Any]:
    return {
        "type": event_type,
        "hostname": hostname,
        "timestamp": timestamp or time.time(),
        "utcoffset": 0,
    }


def read(receiver: SQSEventReceiver, *messages: dict[str, Any]) -> FakeQueue:
    queue = FakeQueue(*messages)
    receiver._queue = queue  # type: ignore[assignment]  # noqa: SLF001  # a fake at the edge
    with pytest.raises(KeyboardInterrupt):
        receiver.capture()
    return queue


def types(seen: Seen) -> list[str]:
    return [each["type"] for each in seen]


def test_it_counts_a_message_once_however_often_it_comes(
    receiver: SQSEventReceiver, seen: Seen
) -> None:
    twice = message(event("task-started"))

    queue = read(receiver, twice, twice)

    assert types(seen) == ["task-started"]
    assert queue.deleted == [twice, twice]


def test_it_goes_on_after_a_bad_event(receiver: SQSEventReceiver, seen: Seen) -> None:
    mixed = message({}, event("task-failed"), event("task-started"))

    queue = read(receiver, mixed)

    assert types(seen) == ["task-started"]
    assert queue.deleted == [mixed]


def test_it_deletes_what_it_cannot_read(receiver: SQSEventReceiver, seen: Seen) -> None:
    foreign = raw("not ours")

    queue = read(receiver, foreign, message(event("task-started")))

    assert types(seen) == ["task-started"]
    assert foreign in queue.deleted


def test_it_ignores_a_heartbeat_from_before_the_end(receiver: SQSEventReceiver, seen: Seen) -> None:
    now = time.time()

    read(
        receiver,
        message(event("worker-offline", now)),
        message(event("worker-heartbeat", now - 1)),
        message(event("worker-heartbeat", now - 1, "worker@b")),
        message(event("worker-online", now + 1)),
    )

    assert types(seen) == ["worker-offline", "worker-heartbeat", "worker-online"]
    assert seen[1]["hostname"] == "worker@b"
