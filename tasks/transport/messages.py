"""What is received: Celery's messages, and whatever else somebody put into the queue."""

import time
from collections import OrderedDict
from typing import Any

from kombu.transport import SQS, virtual

from tasks.transport.receipts import Queue
from tasks.transport.visibility import LONGEST_SECONDS, visibility

# Members that the stubs leave out.
_Message: Any = virtual.Message
_QoS: Any = SQS.QoS

_MARGIN_SECONDS = 10


class Message(_Message):  # type: ignore[misc]  # see _Message
    """A received message, which can also be given back for a while.

    All methods may be called from any thread of the consuming process.
    """

    queue: Queue

    def __init__(self, payload: dict[str, Any], channel: Any = None, **kwargs: Any) -> None:
        super().__init__(payload, channel=channel, **kwargs)
        self.received_at = time.monotonic()

    def hold(self, seconds: float) -> None:
        """Give the message back so that SQS delivers it again after ``seconds``, up to 12 hours."""
        age_seconds = time.monotonic() - self.received_at
        longest_seconds = LONGEST_SECONDS - age_seconds - _MARGIN_SECONDS
        self.channel.hold(self, max(0.0, min(seconds, longest_seconds)))
        self._state = "REQUEUED"

    def release(self) -> None:
        """Give the message back so that SQS delivers it again at once."""
        self.hold(0)


class QoS(_QoS):  # type: ignore[misc]  # see _QoS
    """Counts the messages in hand against the prefetch limit, and keeps them invisible."""

    _delivered: "OrderedDict[str, Message]"

    def append(self, message: Message, delivery_tag: str) -> None:
        message.queue = self.channel.queue_at(message.delivery_info["sqs_queue"])
        super().append(message, delivery_tag)
        visibility.keep(message.queue, delivery_tag, self.channel.visibility_timeout)

    def ack(self, delivery_tag: str) -> None:
        visibility.let_go(delivery_tag)
        super().ack(delivery_tag)
        self.channel.room_was_made()

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  # kombu's signature
        visibility.let_go(delivery_tag)
        super().reject(delivery_tag, requeue=requeue)
        self.channel.room_was_made()

    def find(self, delivery_tag: str) -> Message | None:
        """Return the message unless it was settled before."""
        return None if delivery_tag in self._dirty else self._delivered.get(delivery_tag)

    def messages(self) -> list[Message]:
        """Return the messages in hand; for the consuming thread."""
        return [each for tag, each in self._delivered.items() if tag not in self._dirty]


def readable_payload(payload: dict[str, Any], raw_text: str, channel: Any) -> dict[str, Any]:
    """Return the payload with its body decoded, or the raw text where it is none of kombu's."""
    try:
        properties = payload["properties"]
        body = channel.decode_body(payload["body"], properties.get("body_encoding"))
        return {
            **payload,
            "headers": dict(payload.get("headers") or {}),
            "body": body,
            "properties": {
                **properties,
                "body_encoding": None,
                "delivery_info": dict(properties.get("delivery_info") or {}),
            },
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {"body": raw_text, "properties": {"delivery_info": {}}}
