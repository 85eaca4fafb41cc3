"""Who may see a received message: nobody while it is in hand, others when it is given back."""

import logging
import math
import time
from dataclasses import dataclass
from typing import Any

from tasks.transport.receipts import Change, Queue, ReceiptBatches

# SQS hides a message for 12 hours at most, counted from its receipt.
LONGEST_SECONDS = 43_200

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Hiding(Change):
    """Hide a message until a moment, or, as an extension, for some seconds from the call on."""

    visible_at: float = 0.0
    extend_seconds: int | None = None

    @property
    def seconds(self) -> int:
        if self.extend_seconds is not None:
            return self.extend_seconds
        return max(0, min(math.ceil(self.visible_at - time.monotonic()), LONGEST_SECONDS))


class Visibility(ReceiptBatches):
    """Keeps messages in hand invisible, and gives them back after a wait or at once.

    A single thread makes all calls. A heartbeat that is under way when a message is given back
    has therefore ended before the message's own change is sent, and cannot undo it.
    """

    _in_hand: dict[str, Hiding]
    _beat_seconds: float
    _next_beat: float

    def __init__(self) -> None:
        super().__init__("sqs-visibility", threads=1, linger_seconds=0.005)

    def keep(self, queue: Queue, receipt: str, visibility_seconds: int) -> None:
        """Extend the message every third of its visibility until it is let go."""
        with self._changed:
            if receipt in self._in_hand:
                return
            self._in_hand[receipt] = Hiding(
                queue=queue, receipt=receipt, give_up_at=0.0, extend_seconds=visibility_seconds
            )
            self._beat_seconds = min(self._beat_seconds, visibility_seconds / 3)
            beat_at = time.monotonic() + self._beat_seconds
            if beat_at < self._next_beat:
                self._next_beat = beat_at
                self._changed.notify()
            if not self._has_threads:
                self._start()

    def let_go(self, receipt: str) -> None:
        """Stop extending the message; it stays hidden for what is left of its visibility."""
        with self._changed:
            extension = self._in_hand.pop(receipt, None)
            if extension is not None and self._pending.get(receipt) is extension:
                del self._pending[receipt]

    def hide(self, queue: Queue, receipt: str, seconds: float) -> None:
        """Give the message back, to be delivered again after ``seconds``; 0 means at once."""
        now = time.monotonic()
        with self._changed:
            self._in_hand.pop(receipt, None)
            # Once due, SQS shows the message by itself within one more visibility.
            self._add(
                Hiding(
                    queue=queue,
                    receipt=receipt,
                    visible_at=now + seconds,
                    give_up_at=now + max(seconds, 30),
                )
            )

    def _refill(self, now: float) -> float:
        if not self._in_hand:
            self._next_beat = math.inf
        elif now >= self._next_beat:
            self._next_beat = now + self._beat_seconds
            for extension in self._in_hand.values():
                extension.not_before, extension.attempts = now, 0
                # What fails is tried again until then: another beat could come too late.
                extension.give_up_at = self._next_beat
                # A message on its way back is not in hand, so this replaces nothing newer.
                self._pending[extension.receipt] = extension
        return self._next_beat

    def _is_wanted(self, change: Change) -> bool:
        is_extension = isinstance(change, Hiding) and change.extend_seconds is not None
        return not is_extension or self._in_hand.get(change.receipt) is change

    def _call(self, queue: Queue, changes: list[Hiding]) -> dict[str, Any]:
        entries = [
            {"Id": str(i), "ReceiptHandle": change.receipt, "VisibilityTimeout": change.seconds}
            for i, change in enumerate(changes)
        ]
        answer: dict[str, Any] = queue.client.change_message_visibility_batch(
            QueueUrl=queue.url, Entries=entries
        )
        return answer

    def _refused(self, change: Change, failure: dict[str, Any]) -> None:
        with self._changed:
            was_in_hand = self._in_hand.pop(change.receipt, None) is change
        is_extension = isinstance(change, Hiding) and change.extend_seconds is not None
        # An extension that crossed the message's own deletion is no news.
        if was_in_hand or not is_extension:
            log.warning("SQS took back a message of %s: %s", change.queue.url, failure.get("Code"))

    def _reset(self) -> None:
        super()._reset()
        self._in_hand = {}
        self._beat_seconds = math.inf
        self._next_beat = math.inf


visibility = Visibility()
