"""SQS's client in memory: at least once, in any order, with visibility, receipts and redrive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Entries = list[dict[str, Any]]


@dataclass(slots=True, kw_only=True, eq=False)
class StoredMessage:
    """A message in a queue, or what SQS may still deliver of a deleted one."""

    message_id: str
    body: str
    visible_at: float
    receives: int = 0
    receipts: list[str] = field(default_factory=list)
    is_deleted: bool = False


class FakeSQS:
    """Stands in for boto's client; queues are told apart by the name at the end of their URL.

    ``honours_old_receipts`` says whether an earlier receipt still deletes its message: SQS
    promises neither.
    """

    def __init__(
        self, now: Callable[[], float], *, redrive: tuple[str, str], max_receives: int
    ) -> None:
        self.queues: dict[str, list[StoredMessage]] = {name: [] for name in redrive}
        self.honours_old_receipts = False
        self._now = now
        self._redrive = redrive
        self._max_receives = max_receives
        self._numbers = count(1)

    def send_message_batch(self, *, QueueUrl: str, Entries: Entries) -> dict[str, Any]:  # noqa: N803  # boto's names
        sent = [
            StoredMessage(
                message_id=f"message-{next(self._numbers)}",
                body=entry["MessageBody"],
                visible_at=self._now(),
            )
            for entry in Entries
        ]
        self.queues[_name(QueueUrl)] += sent
        successes = [
            {"Id": entry["Id"], "MessageId": message.message_id}
            for entry, message in zip(Entries, sent, strict=True)
        ]
        return {"Successful": successes}

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int,  # noqa: N803
        WaitTimeSeconds: int,  # noqa: N803, ARG002
        VisibilityTimeout: int,  # noqa: N803
    ) -> dict[str, Any]:
        chosen = self.visible(_name(QueueUrl))[:MaxNumberOfMessages]
        return {"Messages": [self.receive(each, VisibilityTimeout) for each in chosen]}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:  # noqa: N803
        message = self._find(QueueUrl, ReceiptHandle)
        if message and (self.honours_old_receipts or message.receipts[-1] == ReceiptHandle):
            message.is_deleted = True
        return {}

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> dict[str, Any]:
        message = self._find(QueueUrl, ReceiptHandle)
        if message and message.receipts[-1] == ReceiptHandle:
            message.visible_at = self._now() + VisibilityTimeout
        return {}

    def get_queue_attributes(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        AttributeNames: list[str],  # noqa: N803
    ) -> dict[str, Any]:
        return {"Attributes": dict.fromkeys(AttributeNames, str(len(self.queues[_name(QueueUrl)])))}

    def visible(self, queue: str) -> list[StoredMessage]:
        now = self._now()
        return [each for each in self.present(queue) if each.visible_at <= now]

    def present(self, queue: str) -> list[StoredMessage]:
        return [each for each in self.queues[queue] if not each.is_deleted]

    def receive(self, message: StoredMessage, visibility: float) -> dict[str, Any]:
        """Deliver one message, even one that is hidden or deleted: at least once means so."""
        message.receives += 1
        message.receipts.append(f"{message.message_id}/{message.receives}")
        message.visible_at = self._now() + visibility
        return {
            "MessageId": message.message_id,
            "Body": message.body,
            "ReceiptHandle": message.receipts[-1],
        }

    def set_aside(self) -> None:
        """Do what SQS does at a receipt too many."""
        work, dead_letters = self._redrive
        for message in self.visible(work):
            if message.receives >= self._max_receives:
                self.move(message, work, dead_letters)

    def move(self, message: StoredMessage, source: str, target: str) -> None:
        self.queues[source].remove(message)
        message.receives, message.visible_at = 0, self._now()
        self.queues[target].append(message)

    def forget_all(self) -> None:
        """Do what SQS does with messages after their retention."""
        for messages in self.queues.values():
            messages.clear()

    def _find(self, url: str, receipt: str) -> StoredMessage | None:
        found = (each for each in self.queues[_name(url)] if receipt in each.receipts)
        return next(found, None)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
