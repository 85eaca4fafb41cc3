"""Sending: concurrent publishers share SendMessageBatch calls, each waiting for its own entry."""

from collections.abc import Sequence
from typing import Any

from kombu.asynchronous.aws.sqs.message import AsyncMessage
from kombu.transport import SQS
from kombu.utils.json import dumps

from tasks.transport.outgoing import Outgoing, send_all

# How long a publisher waits for a place in a call; the call has the client's own timeouts.
DEFAULT_WAIT_SECONDS = 5.0

# kombu's stubs leave out the members that have to be overridden here.
_Channel: Any = SQS.Channel


class Sending(_Channel):  # type: ignore[misc]  # see _Channel
    """The half of a channel that publishes."""

    def encode_body(self, body: Any, encoding: str | None = None) -> tuple[Any, str | None]:
        """Leave text as it is; base64 would make it larger by a third and unreadable."""
        if isinstance(body, str):
            return body, None
        encoded: tuple[Any, str | None] = super().encode_body(body, encoding)
        return encoded

    def send_texts(
        self, queue: str, texts: Sequence[str], *, group_id: str
    ) -> list[str | Exception]:
        """Send messages that are written already and return each one's SQS id or error, in order.

        For any thread; not for FIFO queues.
        """
        fields = [
            {"MessageBody": self._encoded(each), "MessageGroupId": group_id} for each in texts
        ]
        return self._send_all(queue, fields)

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        # A FIFO queue's order is the publisher's business: entries of one batch have no order.
        if message.get("redelivered") or queue.endswith(".fifo"):
            super()._put(queue, message, **kwargs)
            return
        [outcome] = self._send_all(queue, [self._fields(message)])
        if isinstance(outcome, Exception):
            raise outcome

    def _send_all(self, queue: str, messages: list[dict[str, Any]]) -> list[str | Exception]:
        client = self.sqs(queue=self.canonical_queue_name(queue))
        url = self._new_queue(queue)
        seconds = self.transport_options.get("send_wait_seconds", DEFAULT_WAIT_SECONDS)
        return send_all([Outgoing(client, url, fields) for fields in messages], seconds=seconds)

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
        fields["MessageBody"] = self._encoded(dumps(message))
        return fields

    def _encoded(self, text: str) -> str:
        encoded: str = AsyncMessage().encode(text) if self.sqs_base64_encoding else text
        return encoded
