"""The one task for all events: claim, run the handler, record how it ended."""

import time
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings

from events import services, tracing
from events.errors import EventError, RetriesExhausted, Retryable
from events.event import ClaimedEvent
from events.registry import Handler, get_handler
from tasks import dispatch, outcomes
from tasks.base import EventTask
from tasks.lease_keeper import hold_lease
from tasks.log_context import bind, logged
from tasks.time_limits import limit_time

logger = structlog.get_logger(__name__)

# In an outage of the store or the queue, messages come back at this pace: soon at first, then
# seldom, or they would use up the receives that SQS allows them.
_AWAY_SECONDS = 5
_LONGEST_AWAY_SECONDS = 120
_RECEIVES_PER_DOUBLING = 3


class HandlerExited(EventError):
    """The handler raised what ends a thread or a process, and is no way to end an attempt."""

    code = "handler_exited"


@shared_task(bind=True, base=EventTask, name=dispatch.PROCESS_TASK)
@logged
def process_event(self: EventTask, event_id: str, generation: int) -> None:
    """Run an event's handler once; running this twice is safe, since the claim lets one in."""
    try:
        ending = _process(self, event_id, generation)
    except Retryable as error:
        # The store or the queue is away. The message comes back; the event has not moved.
        logger.warning("attempt_postponed", reason=str(error))
        ending = outcomes.put_back(_away_seconds(self), error)
    except Exception as error:
        # Ours, not the handler's: the message must outlive it.
        logger.exception("attempt_broke")
        ending = outcomes.put_back(_away_seconds(self), error)
    if ending is not None:
        raise ending


def _away_seconds(task: EventTask) -> int:
    doublings = min(task.receive_count // _RECEIVES_PER_DOUBLING, 10)
    return min(_AWAY_SECONDS << doublings, _LONGEST_AWAY_SECONDS)


def _process(task: EventTask, event_id: str, generation: int) -> Exception | None:
    asked_at = time.monotonic()
    claimed = services.claim_event(
        event_id=event_id,
        generation=generation,
        message_id=task.message_id,
        worker=settings.WORKER_NAME,
        request_id=task.request_id,
    )
    bind(tenant=claimed.tenant, trace_id=claimed.trace_id)
    if isinstance(claimed, ClaimedEvent):
        bind(attempt=claimed.attempt_number)
        with tracing.attempt(claimed, asked_at=asked_at):
            if time.monotonic() - asked_at > settings.LEASE_SECONDS and not claimed.still_owned():
                # This process stood still, and the event went on without it.
                return outcomes.superseded(claimed)
            return _attempt(task, claimed)
    logger.info("message_refused", reason=claimed.reason)
    if claimed.is_dead:
        dispatch.send_dead_letter(event_id, generation, request_id=task.request_id)
    elif claimed.wait_seconds is not None and claimed.wait_seconds <= outcomes.LONGEST_HOLD_SECONDS:
        return outcomes.put_back(claimed.wait_seconds, claimed.reason)
    return None


def _attempt(task: EventTask, claimed: ClaimedEvent) -> Exception | None:
    handler = get_handler(claimed.event_type)
    task.work_on(claimed, handler)
    if claimed.counted_attempts > handler.max_retries + 1:
        message = f"attempt {claimed.attempt_number - 1} vanished and was the last one allowed"
        return outcomes.bury(claimed, RetriesExhausted(message))
    # The lease is held until the outcome is recorded, however long the store takes.
    with hold_lease(claimed):
        try:
            with limit_time(task, claimed, handler):
                result = _run(task, claimed, handler)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises is an outcome
            return _fail(task, claimed, handler, error=error)
        # A handler may ask for a retry and return, instead of raising what it was given.
        return task.request.ending or outcomes.succeed(claimed, handler, result)


def _fail(
    task: EventTask, claimed: ClaimedEvent, handler: Handler, *, error: Exception
) -> Exception:
    ending: Exception | None = task.request.ending
    if ending is not None:
        return ending
    if task.request.gives_up:
        return outcomes.bury(claimed, error)
    return outcomes.fail(claimed, handler, error)


def _run(task: EventTask, claimed: ClaimedEvent, handler: Handler) -> Any:
    arguments = (task, claimed) if handler.bind else (claimed,)
    try:
        return handler.function(*arguments)
    except Exception:
        raise
    except BaseException as error:
        # sys.exit(), as libraries made for command lines call it; asyncio's CancelledError. It
        # would end neither the process nor the attempt, with the message still in their hands.
        raise HandlerExited(f"the handler ended with {error!r}") from error
