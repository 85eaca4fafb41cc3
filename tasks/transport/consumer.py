"""The worker's consumer, where it receives what is no task of this platform."""

from typing import Any

import structlog
from celery.worker import consumer

logger = structlog.get_logger(__name__)

# The stubs leave out the methods that have to be overridden here.
_Consumer: Any = consumer.Consumer


class Consumer(_Consumer):  # type: ignore[misc]  # see _Consumer
    """Leaves what it cannot read to the redrive policy, and says so without its contents.

    Celery deletes some of it, says so of all of it, and logs the whole message.
    """

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self._leave(message, f"its body cannot be read ({type(exc).__name__})")

    def on_unknown_message(self, body: Any, message: Any) -> None:  # noqa: ARG002  # Celery's signature
        self._leave(message, "it names no task")

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  # Celery's signature
        self._leave(message, "its task is not known here")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  # Celery's signature
        self._leave(message, f"its task cannot be read ({type(exc).__name__})")

    def _leave(self, message: Any, reason: str) -> None:
        sqs_id = message.delivery_info["sqs_message"]["MessageId"]
        logger.warning("message_not_ours", message_id=sqs_id, reason=reason)
        message.reject_log_error(logger, self.connection_errors)
