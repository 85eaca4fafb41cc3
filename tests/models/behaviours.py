"""What handlers may do."""

from collections.abc import Callable
from typing import Any

from events.errors import PermanentError, RetryAfter
from events.event import ClaimedEvent

# An order to a handler: do this. What returns AGAIN is asked again, instead of returning.
Behaviour = Callable[[Any, ClaimedEvent], object]
AGAIN = object()


def succeed(_task: Any, event: ClaimedEvent) -> object:
    return {"attempt": event.attempt_number}


def fail(_task: Any, event: ClaimedEvent) -> object:
    raise ConnectionError(f"attempt {event.attempt_number} fails")


def fail_once(task: Any, event: ClaimedEvent) -> object:
    return fail(task, event) if event.attempt_number == 1 else succeed(task, event)


def give_up(_task: Any, _event: ClaimedEvent) -> object:
    raise PermanentError("it would fail again")


def ask_whether_owned(_task: Any, event: ClaimedEvent) -> object:
    event.still_owned()
    return AGAIN


def wait(seconds: float) -> Behaviour:
    """Ask for another attempt in so many seconds, once."""

    def raise_retry_after(task: Any, event: ClaimedEvent) -> object:
        if event.attempt_number > 1:
            return succeed(task, event)
        raise RetryAfter(seconds)

    return raise_retry_after


def ask_celery_to_retry(task: Any, event: ClaimedEvent) -> object:
    if event.attempt_number > 1:
        return succeed(task, event)
    raise task.retry(countdown=10)
