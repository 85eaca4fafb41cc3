"""Sending: concurrent publishers share SendMessageBatch calls, each waiting for its own entry."""

import os
import threading
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from kombu.asynchronous.aws.sqs.message import AsyncMessage
from kombu.transport import SQS
from kombu.utils.json import dumps

from events.group_commit import (
    GroupCommit,
    GroupCommitAborted,
    GroupCommitFull,
    GroupCommitTimeout,
)

MAX_ENTRIES = 10
# SQS takes 1 MiB since 2025; the older limit holds everywhere, emulators included.
MAX_BYTES = 256 * 1024
# How long a publisher waits for a place in a call; the call has the client's own timeouts.
DEFAULT_WAIT_SECONDS = 5.0

# kombu's stubs leave out the members that have to be overridden here.
_Channel: Any = SQS.Channel


class SendFailed(OSError):
    """SQS did not take the message; an OSError, so that Celery's publish retry policy applies."""


@dataclass(slots=True, frozen=True)
class _Outgoing:
    client: Any
    queue_url: str
    fields: dict[str, Any]


class Sending(_Channel):  # type: ignore[misc]  # see _Channel
    """The half of a channel that publishes."""

    def encode_body(self, body: Any, encoding: str | None = None) -> tuple[Any, str | None]:
        """Leave text as it is; base64 would make it larger by a third and unreadable."""
        if isinstance(body, str):
            return body, None
        encoded: tuple[Any, str | None] = super().encode_body(body, encoding)
        return encoded

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        # A FIFO queue's order is the publisher's business: entries of one batch have no order.
        if message.get("redelivered") or queue.endswith(".fifo"):
            super()._put(queue, message, **kwargs)
            return
        outgoing = _Outgoing(
            client=self.sqs(queue=self.canonical_queue_name(queue)),
            queue_url=self._new_queue(queue),
            fields=self._fields(message),
        )
        wait_seconds = self.transport_options.get("send_wait_seconds", DEFAULT_WAIT_SECONDS)
        _submit(outgoing, wait_seconds)

    def _fields(self, message: dict[str, Any]) -> dict[str, Any]:
        properties = message["properties"]
        fields: dict[str, Any] = {}
        # They travel beside the body, not in it.
        attributes = properties.pop("message_attributes", None)
        if attributes:
            fields["MessageAttributes"] = attributes
        if "MessageGroupId" in properties:
            fields["MessageGroupId"] = properties["MessageGroupId"]
        delay_seconds = self._resolve_delay_seconds(properties)
        if delay_seconds is not None:
            fields["DelaySeconds"] = delay_seconds
        body = dumps(message)
        fields["MessageBody"] = AsyncMessage().encode(body) if self.sqs_base64_encoding else body
        return fields


def _submit(outgoing: _Outgoing, wait_seconds: float) -> None:
    try:
        _group_commit(outgoing.queue_url).submit(
            outgoing, size_bytes=_size_bytes(outgoing.fields), timeout_seconds=wait_seconds
        )
    except (GroupCommitAborted, GroupCommitFull, GroupCommitTimeout) as error:
        raise SendFailed(str(error)) from error


def _send(batch: list[_Outgoing]) -> list[str | Exception]:
    entries = [{"Id": str(i), **outgoing.fields} for i, outgoing in enumerate(batch)]
    answer = batch[0].client.send_message_batch(QueueUrl=batch[0].queue_url, Entries=entries)
    # An entry that the answer does not name has not been confirmed.
    outcomes: list[str | Exception] = [SendFailed("SQS did not say") for _ in batch]
    for success in answer.get("Successful", ()):
        outcomes[int(success["Id"])] = success["MessageId"]
    for failure in answer.get("Failed", ()):
        reason = f"{failure.get('Code')}: {failure.get('Message', '')}"
        outcomes[int(failure["Id"])] = SendFailed(reason)
    return outcomes


def _size_bytes(fields: dict[str, Any]) -> int:
    size = len(fields["MessageBody"].encode())
    for name, attribute in fields.get("MessageAttributes", {}).items():
        value = attribute.get("StringValue", attribute.get("BinaryValue", ""))
        size += len(name) + len(attribute["DataType"]) + len(value)
    return size


_group_commits: dict[str, GroupCommit[_Outgoing, str]] = {}
_lock = threading.Lock()


def _group_commit(queue_url: str) -> GroupCommit[_Outgoing, str]:
    group_commit = _group_commits.get(queue_url)
    if group_commit is None:
        with _lock:
            group_commit = _group_commits.setdefault(
                queue_url,
                GroupCommit(
                    _send,
                    max_entries=MAX_ENTRIES,
                    max_bytes=MAX_BYTES,
                    shared_errors=(OSError, BotoCoreError, ClientError),
                ),
            )
    return group_commit


def _forget_after_fork() -> None:
    global _lock  # noqa: PLW0603  # the inherited lock may be held by a thread that is not here
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
