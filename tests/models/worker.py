"""A worker with one message: Celery's own request and tracer, without its pool and its hub."""

import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from kombu.message import Message

from config import celery_app
from tasks import processing, redrive
from tasks.base import EventRequest

# The stubs leave the signatures of these out.
_Message: Any = Message
_Request: Any = EventRequest

# Importing them makes them known to Celery.
_TASKS = (processing.process_event, redrive.replay_event)


class Delivery(_Message):  # type: ignore[misc]  # see _Message
    """A received message whose settling reaches SQS at once, in the worker's own thread."""

    def __init__(self, received: dict[str, Any], sqs: Any) -> None:
        envelope = json.loads(received["Body"])
        properties = envelope["properties"]
        info = properties["delivery_info"] | {"sqs_message": received}
        super().__init__(
            body=envelope["body"],
            headers=envelope["headers"],
            content_type=envelope["content-type"],
            content_encoding=envelope["content-encoding"],
            properties=properties | {"delivery_info": info},
            delivery_info=info,
            delivery_tag=received["ReceiptHandle"],
        )
        self._address = {
            "QueueUrl": f"{settings.QUEUE_URL_PREFIX}/{settings.WORK_QUEUE}",
            "ReceiptHandle": received["ReceiptHandle"],
        }
        self._sqs = sqs

    def ack(self, multiple: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # kombu's signature
        with _unheard():
            self._sqs.delete_message(**self._address)

    def reject(self, requeue: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # kombu's signature
        self.hold(settings.LONG_POLL_SECONDS)

    def hold(self, seconds: float) -> None:
        with _unheard():
            self._sqs.change_message_visibility(
                **self._address, VisibilityTimeout=max(0, math.ceil(seconds))
            )


def _unheard() -> AbstractContextManager[None]:
    # The transport tells SQS in the background, tries again for a while, and then gives up.
    return suppress(BotoCoreError, ClientError)


class _InlinePool:
    """Does what Celery's pools do with a task, in the thread that asks."""

    def apply_async(
        self,
        target: Callable[..., Any],
        *,
        args: tuple[Any, ...],
        callback: Callable[[Any], None],
        **_: object,
    ) -> None:
        callback(target(*args))


def work_on(received: dict[str, Any], sqs: Any) -> None:
    """Run the task of a received message and settle the message, as a worker does."""
    delivery = Delivery(received, sqs)
    request = _Request(
        delivery,
        app=celery_app,
        hostname=settings.WORKER_NAME,
        on_ack=delivery.ack_log_error,
        on_reject=delivery.reject_log_error,
    )
    request.execute_using_pool(_InlinePool())
