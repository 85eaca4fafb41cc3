"""Acknowledged messages, deleted in batches behind the consumer's back."""

import logging
import time
from typing import Any

from tasks.transport.receipts import Change, Queue, ReceiptBatches

# Long enough to outlive an outage of SQS: while it lasts, nobody else receives the message either.
GIVE_UP_SECONDS = 300.0

log = logging.getLogger(__name__)


class Deletions(ReceiptBatches):
    """Receipts of messages that are done."""

    def __init__(self) -> None:
        # Nobody waits for a deletion, and the message stays hidden for seconds: a full call from
        # twenty tasks a second on. A crash in between only shows a finished task once more.
        super().__init__("sqs-delete", threads=2, linger_seconds=0.5)

    def delete(self, queue: Queue, receipt: str) -> None:
        """Have the message deleted soon; never blocks."""
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        with self._changed:
            # A FIFO queue holds back the rest of the group until then.
            change = Change(queue=queue, receipt=receipt, give_up_at=give_up_at)
            self._add(change, is_urgent=queue.url.endswith(".fifo"))

    def _call(self, queue: Queue, changes: list[Change]) -> dict[str, Any]:
        entries = [{"Id": str(i), "ReceiptHandle": c.receipt} for i, c in enumerate(changes)]
        answer: dict[str, Any] = queue.client.delete_message_batch(
            QueueUrl=queue.url, Entries=entries
        )
        return answer

    def _refused(self, change: Change, failure: dict[str, Any]) -> None:
        # The receipt is too old; the message was or will be delivered once more.
        log.warning("SQS did not delete a message of %s: %s", change.queue.url, failure.get("Code"))


deletions = Deletions()
