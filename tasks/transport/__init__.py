"""A Celery transport over Amazon SQS for work that must not be lost; README.md says how to use it.

A retry that waits in SQS, with threads as with processes (a ``Request`` lives in the parent)::

    class Request(celery.worker.request.Request):
        def on_retry(self, exc_info):
            self.message.hold(seconds)
            self.acknowledged = True
"""

from kombu.transport import TRANSPORT_ALIASES

from tasks.transport.channel import Channel, Transport
from tasks.transport.messages import Message
from tasks.transport.outgoing import SendFailed
from tasks.transport.polling import on_poll
from tasks.transport.settling_at_once import SettleAtOnce
from tasks.transport.visibility import visibility

__all__ = [
    "Channel",
    "Message",
    "SendFailed",
    "SettleAtOnce",
    "Transport",
    "abandon",
    "on_poll",
    "register",
]

SCHEME = "sqs-durable"


def register() -> None:
    """Make ``sqs-durable://`` an address that kombu understands."""
    TRANSPORT_ALIASES[SCHEME] = "tasks.transport:Transport"


def abandon(delivery_tag: str) -> None:
    """Let a message's visibility run out, in the process that received it; its work has hung."""
    visibility.let_go(delivery_tag)
