"""What every line of the log about a message or an attempt has, whichever thread writes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import wraps
from typing import Any

import structlog
from celery.exceptions import Reject
from structlog.contextvars import bind_contextvars, bound_contextvars

from events import request_ids
from events.event import ClaimedEvent
from tasks.base import EventTask

logger = structlog.get_logger(__name__)

Run = Callable[[EventTask, str, int], None]


def logged(run: Run) -> Run:
    """Bind the message to what a task logs.

    What is bound meanwhile, by a handler too, ends with the task: the thread has others to do.
    """

    def begin(task: EventTask, event_id: str, generation: int) -> None:
        request_ids.begin(task.request_id)
        bind(event_id=event_id, generation=generation)
        run(task, event_id, generation)

    @wraps(run)
    def in_context(task: EventTask, *arguments: Any, **named: Any) -> None:
        read = _read(*arguments, **named)
        if read is None:
            # Another release's, or nobody's; Celery would delete it. So it is redriven.
            logger.error("message_unreadable", task=task.name, message_id=task.message_id)
            raise Reject("it does not name an event and its generation", requeue=False)
        event_id, generation = read
        copy_context().run(begin, task, event_id, generation)

    return in_context


def _read(*arguments: Any, **named: Any) -> tuple[str, int] | None:
    try:
        return _arguments(*arguments, **named)
    except (TypeError, ValueError, OverflowError):
        return None


def _arguments(event_id: str, generation: int) -> tuple[str, int]:
    return str(event_id), int(generation)


def bind(**facts: str | int | None) -> None:
    """Bind what is known of it to whatever else the task logs."""
    bind_contextvars(**_known(facts))


def about(claimed: ClaimedEvent) -> AbstractContextManager[None]:
    """Bind the attempt to what another thread than its own logs in the block."""
    return bound_contextvars(
        **_known(
            {
                "request_id": claimed.request_id,
                "event_id": claimed.event_id,
                "generation": claimed.generation,
                "tenant": claimed.tenant,
                "attempt": claimed.attempt_number,
                "trace_id": claimed.trace_id,
            }
        )
    )


def _known(facts: dict[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in facts.items() if value is not None}
