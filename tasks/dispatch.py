"""Sending work to SQS: what ``settings.EVENTS_DISPATCHER`` names."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

from events import direct_client, metrics
from events.errors import QueueUnavailable
from events.event import QueueDepths
from tasks.envelope import REQUEST_ID_HEADER, write_message
from tasks.transport.outgoing import THROTTLES

logger = structlog.get_logger(__name__)

PROCESS_TASK = "process_event"
REPLAY_TASK = "replay_event"
_PAUSE_AFTER_FAILURE_SECONDS = 1.0


class CeleryDispatcher:
    """Sends Celery's tasks within a short deadline; failures are QueueUnavailable."""

    def send(self, *, event_id: str, generation: int, tenant: str) -> None:
        if self.send_all([event_id], generation=generation, tenant=tenant):
            raise QueueUnavailable("SQS does not take messages; recovery dispatches the event")

    def send_all(self, event_ids: Sequence[str], *, generation: int, tenant: str) -> list[str]:
        if _pause.is_on:
            metrics.count_unsent(len(event_ids))
            return list(event_ids)
        try:
            outcomes = _send_all(event_ids, generation=generation, tenant=tenant)
        except QueueUnavailable as error:
            outcomes = [error] * len(event_ids)
        failures = [each for each in outcomes if isinstance(each, Exception)]
        metrics.count_sent(len(outcomes) - len(failures))
        if failures:
            metrics.count_unsent(len(failures))
        if failures and len(failures) == len(outcomes):
            _pause.start(failures[0])
        return [
            event_id
            for event_id, outcome in zip(event_ids, outcomes, strict=True)
            if isinstance(outcome, Exception)
        ]

    def depths(self) -> dict[str, QueueDepths]:
        return {
            "work": _depths(settings.WORK_QUEUE),
            "dead_letter": _depths(settings.DEAD_LETTER_QUEUE),
        }


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the block hears from the queue's client into QueueUnavailable."""
    try:
        yield
    except (OperationalError, OSError, ClientError, BotoCoreError) as error:
        raise QueueUnavailable(f"{type(error).__name__}: {error}") from error


def send_dead_letter(event_id: str, generation: int, *, request_id: str | None = None) -> None:
    """Leave a copy in the dead-letter queue; moved back to the work queue, it replays the event."""
    name = settings.DEAD_LETTER_QUEUE
    with translated_errors():
        current_app.send_task(
            REPLAY_TASK,
            args=[event_id, generation],
            headers={} if request_id is None else {REQUEST_ID_HEADER: request_id},
            # An object, not a name: the app itself knows the work queue only.
            queue=Queue(name, routing_key=name),  # type: ignore[arg-type]  # its stubs know names only
            # It exists; asking for it with each new connection would cost a call and a right.
            declare=[],
            retry=False,
            ignore_result=True,
        )


def _send_all(
    event_ids: Sequence[str], *, generation: int, tenant: str
) -> Sequence[str | Exception]:
    queue = settings.WORK_QUEUE
    texts = [write_message(PROCESS_TASK, each, generation, queue=queue) for each in event_ids]
    with translated_errors():
        # A tenant's messages form a group, which SQS fair queues serve in turn with others.
        outcomes: Sequence[str | Exception] = _channel().send_texts(queue, texts, group_id=tenant)
    return outcomes


@cache
def _channel() -> Any:
    """Return the process's channel for sending, which any thread may do."""
    return current_app.connection_for_write().default_channel


def _depths(queue: str) -> QueueDepths:
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    with translated_errors(), current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        answer = channel.sqs(queue).get_queue_attributes(
            QueueUrl=f"{settings.QUEUE_URL_PREFIX}/{queue}", AttributeNames=list(names)
        )
    attributes = answer["Attributes"]
    visible, in_flight, delayed = (int(attributes[name]) for name in names)
    return QueueDepths(visible=visible, in_flight=in_flight, delayed=delayed)


class _Pause:
    """While SQS is away, requests do not each wait for it: recovery dispatches their events."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def start(self, reason: Exception) -> None:
        """Begin a pause and say so, unless another thread just did."""
        with self._lock:
            if self.is_on:
                return
            self._until = time.monotonic() + _PAUSE_AFTER_FAILURE_SECONDS
        logger.warning("queue_unavailable", reason=f"{type(reason).__name__}: {reason}")


_pause = _Pause()


def _count_call(service: str, operation: str, code: str) -> None:
    # The store counts its own, with what DynamoDB refuses inside of an answer.
    if service == "sqs":
        refusal = "throttled" if code in THROTTLES else "failed"
        metrics.aws_calls(service, operation, refusal if code else "ok").inc()


direct_client.on_call(_count_call)


def _forget_after_fork() -> None:
    # A child must share neither its parent's sockets nor a lock of a thread that is not here.
    global _pause  # noqa: PLW0603
    _channel.cache_clear()
    _pause = _Pause()


os.register_at_fork(after_in_child=_forget_after_fork)
