"""Settling: what becomes of a message in hand, decided at once and told to SQS in batches."""

from typing import Any

from botocore.exceptions import BotoCoreError
from kombu.transport import SQS, virtual

from tasks.transport.deletion import deletions
from tasks.transport.messages import Message
from tasks.transport.visibility import visibility

# A close that finds SQS away ends all the same; what it could not say, SQS assumes later.
FLUSH_SECONDS = 5.0

# kombu's stubs leave out the members that have to be overridden here.
_Channel: Any = SQS.Channel


class Settling(_Channel):  # type: ignore[misc]  # see _Channel
    """The part of a channel that acknowledges, rejects and gives back."""

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002  # kombu's signature
        message = self.qos.find(delivery_tag)
        # The prefetch slot is free now; the deletion follows.
        virtual.Channel.basic_ack(self, delivery_tag, multiple)
        if message is not None:
            deletions.delete(message.queue, delivery_tag)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  # kombu's signature
        # A message of a channel that was closed meanwhile is back in the queue already.
        if self.qos.find(delivery_tag) is not None:
            super().basic_reject(delivery_tag, requeue=requeue)

    def hold(self, message: Message, seconds: float) -> None:
        """Give the message back for ``seconds``; see ``Message.hold``."""
        if self.forget(message.delivery_tag):
            visibility.hide(message.queue, message.delivery_tag, seconds)

    def forget(self, delivery_tag: str) -> bool:
        """Free the message's slot and leave it to SQS; false if it was not in hand."""
        is_in_hand = self.qos.find(delivery_tag) is not None
        if is_in_hand:
            self.qos.ack(delivery_tag)
        return is_in_hand

    def close(self) -> None:
        has_consumed = not self.closed and self._qos is not None
        super().close()
        if has_consumed:
            visibility.flush(FLUSH_SECONDS)
            deletions.flush(FLUSH_SECONDS)

    def _restore(self, message: Message) -> None:
        # At the end of a channel: nobody should have to wait for what was only prefetched.
        visibility.hide(message.queue, message.delivery_tag, 0)

    def _restore_at_beginning(self, message: Message) -> None:
        # A rejected message is delivered again after a moment, so that it does not spin.
        visibility.hide(message.queue, message.delivery_tag, self.wait_time_seconds)

    def _delete_message(self, queue_name: str, message: dict[str, Any]) -> None:
        visibility.let_go(message["ReceiptHandle"])
        deletions.delete(self.queue_at(self._new_queue(queue_name)), message["ReceiptHandle"])

    def _delete_rejected_message(self, delivery_tag: str) -> None:
        message = self.qos.find(delivery_tag)
        if message is None:
            return
        # Queues may have clients of their own.
        name = self.canonical_queue_name(self._names_by_url[message.queue.url])
        if not self._has_redrive_policy(name, message.queue.url):
            deletions.delete(message.queue, delivery_tag)

    def _has_redrive_policy(self, queue: str | None, queue_url: str) -> bool:
        try:
            return bool(super()._has_redrive_policy(queue, queue_url))
        except BotoCoreError:
            # Not knowing, keep the message.
            return True
