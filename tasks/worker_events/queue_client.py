"""The queue of worker events, through plain SQS calls with short timeouts."""

from functools import cached_property
from typing import Any

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from events.direct_client import watch_calls

# What any call to SQS may raise while it, the network or the credentials are away.
QUEUE_ERRORS = (BotoCoreError, ClientError)

_CONNECT_TIMEOUT_SECONDS = 1
_READ_TIMEOUT_SECONDS = 2
# What SQS gives and takes in one call at most.
_MAX_MESSAGES = 10
# Long enough to count ten full messages. Whatever takes longer comes again and is not counted
# again; and what was handed to a connection that had just died does not wait for long.
_VISIBILITY_SECONDS = 10

logger = structlog.get_logger(__name__)


class QueueClient:
    """Sends, receives and deletes messages of one queue; nothing is asked of AWS before that.

    ``wait_seconds`` is how long ``receive`` waits for a message.
    """

    def __init__(self, name: str, *, wait_seconds: int = 0) -> None:
        self._url = f"{settings.QUEUE_URL_PREFIX}/{name}"
        self._wait_seconds = wait_seconds

    def send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    def receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_MAX_MESSAGES,
            WaitTimeSeconds=self._wait_seconds,
            VisibilityTimeout=_VISIBILITY_SECONDS,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, messages: list[dict[str, Any]]) -> None:
        """Delete the messages of one ``receive``; those that fail come back as duplicates."""
        self._sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ],
        )

    @cached_property
    def _sqs(self) -> Any:
        # A session of its own: boto3's default session must not be used by two threads at once.
        client = boto3.session.Session().client(
            "sqs",
            region_name=settings.AWS_REGION,
            config=Config(
                connect_timeout=_CONNECT_TIMEOUT_SECONDS,
                read_timeout=self._wait_seconds + _READ_TIMEOUT_SECONDS,
                retries={"total_max_attempts": 1},
            ),
        )
        return watch_calls(client)


class OutageLog:
    """Writes one line when the queue goes away and one when it is back."""

    def __init__(self, queue_name: str) -> None:
        self._queue_name = queue_name
        self._is_away = False

    def note_failure(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("worker_events_away", queue=self._queue_name, reason=str(error))

    def note_success(self, **fields: int) -> None:
        if self._is_away:
            self._is_away = False
            logger.warning("worker_events_back", queue=self._queue_name, **fields)
