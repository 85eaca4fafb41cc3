"""Sending work to SQS: what ``settings.EVENTS_DISPATCHER`` names."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

from events.errors import QueueUnavailable
from events.event import QueueDepths

PROCESS_TASK = "process_event"
REPLAY_TASK = "replay_event"
# While SQS is away, requests do not each wait for it: recovery dispatches what was accepted.
_PAUSE_AFTER_FAILURE_SECONDS = 1.0

_paused_until = 0.0


class CeleryDispatcher:
    """Sends tasks through Celery, within a short deadline; failures are QueueUnavailable."""

    def send(self, *, event_id: str, generation: int, tenant: str) -> None:
        _refuse_while_paused()
        try:
            _send(PROCESS_TASK, [event_id, generation], queue=settings.WORK_QUEUE, group=tenant)
        except QueueUnavailable:
            _pause()
            raise

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


def send_dead_letter(event_id: str, generation: int) -> None:
    """Leave a copy in the dead-letter queue; moved back to the work queue, it replays the event."""
    _send(REPLAY_TASK, [event_id, generation], queue=settings.DEAD_LETTER_QUEUE, group=None)


def _send(task: str, args: list[Any], *, queue: str, group: str | None) -> None:
    # A tenant's messages form a group, which SQS fair queues serve in turn with other tenants'.
    options: dict[str, Any] = {"MessageGroupId": group} if group else {}
    # An object, not a name: the app itself knows the work queue only.
    options["queue"] = Queue(queue, routing_key=queue)
    # It exists; asking for it with each new connection would cost a call and a right.
    options["declare"] = []
    with translated_errors():
        current_app.send_task(task, args=args, retry=False, ignore_result=True, **options)


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


def _refuse_while_paused() -> None:
    if time.monotonic() < _paused_until:
        raise QueueUnavailable("SQS failed a moment ago")


def _pause() -> None:
    global _paused_until  # noqa: PLW0603  # one view of SQS per process
    _paused_until = time.monotonic() + _PAUSE_AFTER_FAILURE_SECONDS
