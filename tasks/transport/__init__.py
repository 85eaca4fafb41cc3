"""A Celery transport over Amazon SQS for work that must not be lost, a drop-in for kombu's own.

Use::

    from tasks import transport

    transport.register()
    app = Celery(broker="sqs-durable://")

The address may carry keys and an endpoint (``sqs-durable://key:secret@localhost:8001``); without
keys, botocore finds and renews them as everywhere. Needs a redrive policy on every task queue,
``task_acks_late`` and, so that failures reach the dead-letter queue, ``task_acks_on_failure`` and
``task_acks_on_timeout`` set to false.

What it does beyond kombu's transport:

* polling survives every error and hang; one warning when an outage begins, one line at its end;
* sends, deletions and visibility changes travel ten to a call; a send returns when SQS confirmed
  this very message, and otherwise raises an ``OSError`` or botocore's error;
* every message in hand, prefetched ones too, stays invisible until it is settled;
* ``Message.hold(seconds)`` gives a message back for a while, up to 12 hours; ``release()`` at once;
* a stopped worker waits for its last poll, and what it had prefetched is visible at once;
* a message that nobody can read never ends a worker and stays for the redrive policy.

A retry that waits in SQS, with threads as with processes (a ``Request`` lives in the parent)::

    class Request(celery.worker.request.Request):
        def on_retry(self, exc_info):
            self.message.hold(seconds)
            self.acknowledged = True

Transport options, besides those of kombu (``predefined_queues``, ``wait_time_seconds``, ...):

``visibility_timeout``  (30) seconds a message stays invisible without news from its worker; asked
    for with each receipt, whatever the queue's own setting, and extended every third of it
``polling_interval``  (0.05) seconds between polls that found nothing or no free slot
``send_wait_seconds``  (5) seconds a publisher waits for a place in a call
``client-config``  botocore's settings; by default a second to connect, two to answer, no retries
``sqs_base64_encoding``  (False)
``fetch_message_attributes``  (ApproximateReceiveCount, SentTimestamp)
"""

from kombu.transport import TRANSPORT_ALIASES

from tasks.transport.channel import Channel, Transport
from tasks.transport.messages import Message
from tasks.transport.polling import on_poll, seconds_since_poll
from tasks.transport.sending import SendFailed
from tasks.transport.visibility import visibility

__all__ = [
    "Channel",
    "Message",
    "SendFailed",
    "Transport",
    "abandon",
    "on_poll",
    "register",
    "seconds_since_poll",
]

SCHEME = "sqs-durable"


def register() -> None:
    """Make ``sqs-durable://`` an address that kombu understands."""
    TRANSPORT_ALIASES[SCHEME] = "tasks.transport:Transport"


def abandon(delivery_tag: str) -> None:
    """Let a message's visibility run out, in the process that received it; its work has hung."""
    visibility.let_go(delivery_tag)
