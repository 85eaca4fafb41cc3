"""The base of every task on events: Celery's retry(), waited for in SQS.

Stock Celery sends a new message with an ETA and holds it in a worker's memory, where it outlives
its visibility and runs twice. Here the very message goes back to SQS, hidden until it is due.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from billiard.einfo import ExceptionWithTraceback  # type: ignore[attr-defined]  # not in its stubs
from celery import Task
from celery.exceptions import MaxRetriesExceededError, Retry

from events import request_ids
from events.errors import LONGEST_WAIT_SECONDS
from events.event import ClaimedEvent
from events.registry import Handler
from tasks import outcomes
from tasks.envelope import REQUEST_ID_HEADER
from tasks.worker_events.request import EventReportingRequest

# The stubs know neither what a transport adds to a request nor that a class may be its Request.
_Task: Any = Task
# Celery's own default_retry_delay.
_DEFAULT_WAIT_SECONDS = 180


class EventRequest(EventReportingRequest):
    """A request whose held retries give their message back instead of deleting it."""

    _request_dict: dict[str, Any]
    _content_type: str | None

    def __init__(self, message: Any, **options: Any) -> None:
        super().__init__(message, **options)
        # Read once already: the tracer takes what is decoded. And it would gather what the headers
        # have besides Celery's own into ``headers``, which nobody reads here.
        if self._content_type is not None:
            self._body, self._content_type, self._content_encoding = message.payload, None, None
        self._request_dict.setdefault("headers", {})

    def on_retry(self, exc_info: Any) -> None:
        error = exc_info.exception
        # The threads pool hands over the wrapper that prefork needs to carry a traceback.
        if isinstance(error, ExceptionWithTraceback):
            error = exc_info.exception = error.exc
        if isinstance(error, outcomes.HeldRetry):
            self.message.hold(error.when)
            # Stock on_retry() would acknowledge now, that is, delete the message.
            self.acknowledged = True
        super().on_retry(exc_info)


class EventTask(_Task):  # type: ignore[misc]  # see _Task
    """A task that works on one event; ``work_on`` binds the event to its request."""

    abstract = True
    Request = EventRequest
    # What escapes has been recorded in the store, so its message is done. A worker that was
    # killed has recorded nothing, and its message goes back.
    acks_on_failure = True
    reject_on_worker_lost = True
    # The platform logs failures itself, once and with what is known of the event.
    throws = (Exception,)

    def work_on(self, claimed: ClaimedEvent, handler: Handler) -> None:
        """Bind an event to the running request, for ``retry()``."""
        request = self.request
        request.claimed = claimed
        request.handler = handler
        request.retries = claimed.counted_attempts - 1
        request.gives_up = False
        request.ending = None

    @property
    def message_id(self) -> str:
        """SQS's own id of the message; the same each time it is delivered."""
        sent: str = self.request.properties["delivery_info"]["sqs_message"]["MessageId"]
        return sent

    @property
    def receive_count(self) -> int:
        """How often SQS has delivered the message."""
        sent = self.request.properties["delivery_info"]["sqs_message"]
        return int(sent.get("Attributes", {}).get("ApproximateReceiveCount", 1))

    @property
    def request_id(self) -> str | None:
        """The HTTP request that asked for this, as its message says; recovery's say none."""
        return request_ids.sane(self.request.get(REQUEST_ID_HEADER))

    def retry(  # noqa: PLR0917  # Celery's signature
        self,
        args: Any = None,  # noqa: ARG002  # the message stays as it is
        kwargs: Any = None,  # noqa: ARG002
        exc: Any = None,
        throw: bool = True,  # noqa: FBT001, FBT002
        eta: Any = None,
        countdown: Any = None,
        max_retries: Any = None,
        **_: Any,
    ) -> Any:
        """Record a failed attempt and hold the message until the next one is due.

        As Celery's own: raises once the retries are used up, ``exc`` if it is given. Here
        ``max_retries`` can lower the handler's own limit, not raise it.
        """
        error = exc or _current_error() or Retry("the handler asked for a retry")
        limit = self.request.handler.max_retries
        if max_retries is not None:
            limit = min(limit, max_retries)
        if self.request.retries >= limit:
            # As in Celery, the limit that is named here holds for what the handler raises next.
            self.request.gives_up = True
            raise exc or MaxRetriesExceededError(f"{limit} retries are used up") from exc
        ending = outcomes.postpone(self.request.claimed, error, _wait_seconds(countdown, eta))
        self.request.ending = ending
        if throw:
            raise ending from exc
        return ending


def _current_error() -> Exception | None:
    error = sys.exception()
    return error if isinstance(error, Exception) else None


def _wait_seconds(countdown: float | None, eta: datetime | None) -> float:
    seconds = float(_DEFAULT_WAIT_SECONDS)
    if countdown is not None:
        seconds = float(countdown)
    elif eta is not None:
        seconds = (eta - datetime.now(UTC)).total_seconds()
    return max(0.0, min(seconds, LONGEST_WAIT_SECONDS))
