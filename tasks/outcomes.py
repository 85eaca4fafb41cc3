"""How an attempt ends: recorded in the store first, told to Celery and the message second.

Each function returns what the task raises, for Celery's books and for what becomes of the message:
nothing or an error deletes it, a HeldRetry gives it back.
"""

import json
from typing import Any

import structlog
from celery.exceptions import Retry, SoftTimeLimitExceeded, TimeLimitExceeded
from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings

from events import services, tracing
from events.errors import Permanent, RetryAfter
from events.event import ClaimedEvent, Outcome
from events.failures import describe_failure
from events.registry import Handler
from tasks import dispatch

logger = structlog.get_logger(__name__)

RESULT_LIMIT_BYTES = 4_096
# A longer wait is spent in the open index: SQS bounds how many messages may be in flight.
LONGEST_HOLD_SECONDS = 900
_SUPERSEDED_SECONDS = 5


# The stubs take no float for the seconds of ``when``, and only an exception for ``exc``.
_Retry: Any = Retry


class HeldRetry(_Retry):  # type: ignore[misc]  # see _Retry
    """A retry whose message stays in the queue, hidden for ``when`` seconds."""


class EventDied(Exception):
    """The event is dead, and its message done.

    Celery acts upon some errors itself, whoever raised them: ``Reject``, ``MemoryError``. So it is
    told of none that a handler raised, but for its name.
    """

    def __init__(self, stands_for: str) -> None:
        super().__init__(stands_for)
        self.stands_for = stands_for


class WorkerStopped(Exception):
    """The worker was stopped while the handler ran; another worker goes on at once."""


def put_back(wait_seconds: float, reason: Exception | str) -> HeldRetry:
    """Give the message back untouched, to be delivered again after the wait."""
    return HeldRetry(exc=reason, when=min(wait_seconds, LONGEST_HOLD_SECONDS))


def succeed(claimed: ClaimedEvent, handler: Handler, result: Any) -> Exception | None:
    """Record success, unless the event went to another attempt."""
    if not services.finish_event(claimed, result_json=_to_json(result)):
        return superseded(claimed)
    tracing.end_attempt(claimed, Outcome.SUCCEEDED)
    logger.info("attempt_succeeded", event_type=claimed.event_type, handler=handler.pattern)
    return None


def fail(claimed: ClaimedEvent, handler: Handler, error: Exception) -> Exception:
    """Record what a handler raised: another attempt follows, or the event is dead."""
    wait_seconds = _backoff_seconds(claimed, handler, error)
    if wait_seconds is None or claimed.counted_attempts > handler.max_retries:
        return bury(claimed, error)
    return postpone(claimed, error, wait_seconds)


def postpone(claimed: ClaimedEvent, error: Exception, wait_seconds: float) -> Exception:
    """Record a failure that another attempt follows."""
    details = describe_failure(error, event_type=claimed.event_type)
    if not services.retry_event(
        claimed, outcome=_outcome_of(error), error=details, wait_seconds=wait_seconds
    ):
        return superseded(claimed)
    tracing.end_attempt(claimed, _outcome_of(error), details)
    logger.warning(
        "attempt_failed",
        event_type=claimed.event_type,
        error=details.type,
        fingerprint=details.fingerprint,
        retry_in_seconds=round(wait_seconds, 1),
        exc_info=_shown_trace(error),
    )
    if wait_seconds > LONGEST_HOLD_SECONDS:
        # Acknowledged and so deleted: recovery dispatches the event when it is due.
        waiting: Exception = _Retry(exc=error, when=wait_seconds)
    else:
        waiting = HeldRetry(exc=error, when=wait_seconds)
    return waiting


def bury(claimed: ClaimedEvent, error: Exception) -> Exception:
    """Record death, then copy the message to the dead-letter queue."""
    details = describe_failure(error, event_type=claimed.event_type)
    if not services.bury_event(claimed, outcome=_outcome_of(error), error=details):
        return superseded(claimed)
    tracing.end_attempt(claimed, _outcome_of(error), details)
    logger.error(
        "event_died",
        event_type=claimed.event_type,
        error=details.type,
        fingerprint=details.fingerprint,
        exc_info=_shown_trace(error),
    )
    dispatch.send_dead_letter(claimed.event_id, claimed.generation, request_id=claimed.request_id)
    return EventDied(type(error).__name__)


def superseded(claimed: ClaimedEvent) -> Exception:
    """Give the message back: the event belongs to another attempt by now."""
    tracing.end_attempt(claimed, Outcome.LOST)
    logger.warning("attempt_superseded", event_type=claimed.event_type)
    # The other attempt may work under this very message, delivered once more, and may need it
    # back for its dead letter. So it is not deleted here, but by whoever finds it idle.
    return put_back(_SUPERSEDED_SECONDS, "the event belongs to another attempt by now")


def _backoff_seconds(claimed: ClaimedEvent, handler: Handler, error: Exception) -> float | None:
    """Return how long the next attempt waits, as Celery's autoretry does; None means never."""
    if isinstance(error, RetryAfter):
        return max(0.0, error.seconds)
    if isinstance(error, (Permanent, *handler.dont_autoretry_for)):
        return None
    if not isinstance(error, (*handler.autoretry_for, SoftTimeLimitExceeded, TimeLimitExceeded)):
        return None
    if not handler.retry_backoff:
        return 0.0
    return get_exponential_backoff_interval(
        factor=int(handler.retry_backoff),
        retries=claimed.counted_attempts - 1,
        maximum=handler.retry_backoff_max,
        full_jitter=handler.retry_jitter,
    )


def _outcome_of(error: Exception) -> Outcome:
    if isinstance(error, (SoftTimeLimitExceeded, TimeLimitExceeded)):
        return Outcome.TIMED_OUT
    return Outcome.STOPPED if isinstance(error, WorkerStopped) else Outcome.FAILED


def _shown_trace(error: Exception) -> Exception | None:
    # For whoever writes a handler. In production a message may carry somebody's data, and the
    # attempt's record has the trace, redacted, for those who may see it.
    return error if settings.IS_LOCAL else None


def _to_json(result: Any) -> str | None:
    """Write what the handler returned, or say why it cannot be kept."""
    if result is None:
        return None
    try:
        text = _encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        return _encode({"omitted": f"not JSON: {error}"[:200]}).decode()
    if len(text) > RESULT_LIMIT_BYTES:
        return json.dumps({"omitted": f"{len(text)} bytes, the limit is {RESULT_LIMIT_BYTES}"})
    return text.decode()


def _encode(result: Any) -> bytes:
    # A lone surrogate, as in a file name that is no UTF-8, is nothing that DynamoDB takes.
    return json.dumps(result, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")
