"""Messages on their way to SQS: ten to a call, and once more what SQS refused for the moment."""

import os
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

from events.group_commit import (
    GroupCommit,
    GroupCommitAborted,
    GroupCommitFull,
    GroupCommitTimeout,
)

MAX_ENTRIES = 10
# SQS takes 1 MiB since 2025; the older limit holds everywhere, emulators included.
MAX_BYTES = 256 * 1024
_WAITING_ERRORS = (GroupCommitAborted, GroupCommitFull, GroupCommitTimeout)
# OverLimit: so many messages are in flight that SQS gives out no more.
THROTTLES = {
    *("KmsThrottled", "OverLimit", "RequestLimitExceeded", "RequestThrottled", "Throttling"),
    *("ThrottlingException", "TooManyRequestsException"),
}
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 1.0


class SendFailed(OSError):
    """SQS did not take the message; an OSError, so that Celery's publish retry policy applies."""


class SendRefused(SendFailed):
    """SQS did not take the message for the moment."""


@dataclass(slots=True, frozen=True)
class Outgoing:
    """A message as SendMessageBatch wants it, and where it goes."""

    client: Any
    queue_url: str
    fields: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        size = len(self.fields["MessageBody"].encode())
        for name, attribute in self.fields.get("MessageAttributes", {}).items():
            value = attribute.get("StringValue", attribute.get("BinaryValue", ""))
            size += len(name) + len(attribute["DataType"]) + len(value)
        return size


def send_all(messages: Sequence[Outgoing], *, seconds: float) -> list[str | Exception]:
    """Send messages to one queue and return what became of each, in order: its id, or an error.

    What SQS refuses for the moment is tried again for so many ``seconds``. An address where
    nobody answers is not: the caller has a policy for it.
    """
    if not messages:
        return []
    ends_at = time.monotonic() + seconds
    outcomes: list[str | Exception] = [SendFailed("not sent")] * len(messages)
    places = list(range(len(messages)))
    wait_seconds = _FIRST_WAIT_SECONDS
    while True:
        attempted = _submit([messages[place] for place in places], ends_at)
        for place, outcome in zip(places, attempted, strict=True):
            outcomes[place] = outcome
        places = [place for place in places if isinstance(outcomes[place], SendRefused)]
        if not places or time.monotonic() + wait_seconds >= ends_at:
            return outcomes
        time.sleep(random.uniform(wait_seconds / 2, wait_seconds))  # noqa: S311  # jitter
        wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)


def _submit(messages: Sequence[Outgoing], ends_at: float) -> list[str | Exception]:
    outcomes = _group_commit(messages[0].queue_url).submit_all(
        messages,
        size_of=lambda each: each.size_bytes,
        timeout_seconds=ends_at - time.monotonic(),
    )
    return [
        SendFailed(str(each)) if isinstance(each, _WAITING_ERRORS) else each for each in outcomes
    ]


def _send(batch: list[Outgoing]) -> list[str | Exception]:
    entries = [{"Id": str(i), **message.fields} for i, message in enumerate(batch)]
    try:
        answer = batch[0].client.send_message_batch(QueueUrl=batch[0].queue_url, Entries=entries)
    except ConnectionClosedError as error:
        # A kept connection may end under a request; sent twice, a message is delivered twice,
        # as any may be.
        raise SendRefused(str(error)) from error
    except ClientError as error:
        if _is_passing(error):
            raise SendRefused(str(error)) from error
        raise
    try:
        return _outcomes(answer, len(batch))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise SendFailed(f"SQS answered what it never does: {error!r}") from error


def _is_passing(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_fault or error.response["Error"]["Code"] in THROTTLES


def _outcomes(answer: dict[str, Any], count: int) -> list[str | Exception]:
    # An entry that the answer does not name has not been confirmed.
    outcomes: list[str | Exception] = [SendFailed("SQS did not say") for _ in range(count)]
    for success in answer.get("Successful", ()):
        outcomes[int(success["Id"])] = success["MessageId"]
    for failure in answer.get("Failed", ()):
        refusal = SendFailed if failure.get("SenderFault") else SendRefused
        reason = f"{failure.get('Code')}: {failure.get('Message', '')}"
        outcomes[int(failure["Id"])] = refusal(reason)
    return outcomes


_group_commits: dict[str, GroupCommit[Outgoing, str]] = {}
_lock = threading.Lock()


def _group_commit(queue_url: str) -> GroupCommit[Outgoing, str]:
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
