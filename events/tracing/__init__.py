"""What the platform tells OpenTelemetry; while tracing is off, nothing of it is even imported."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from types import ModuleType
from typing import ParamSpec, TypeVar

from django.conf import settings

from events.event import AttemptError, ClaimedEvent, Outcome

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

_NOTHING = nullcontext()


def headers() -> dict[str, str]:
    """Return the W3C headers with which a handler's own calls go on in its trace, if there is one.

    Use it as ``requests.post(url, json=..., headers=tracing.headers())``.
    """
    found: dict[str, str] = _spans().headers() if settings.IS_TRACED else {}
    return found


def traceparent() -> str | None:
    """Return the running span as W3C writes it, for what comes after it; None if there is none."""
    return headers().get("traceparent") if settings.IS_TRACED else None


def describe(**facts: str | int) -> None:
    """Add facts to the running span; never a payload."""
    if settings.IS_TRACED:
        _spans().describe(facts)


def attempt(claimed: ClaimedEvent, *, asked_at: float) -> AbstractContextManager[None]:
    """Make the block the attempt's span, in the trace of the request that brought the event.

    ``asked_at`` is the monotonic time at which the claim began.
    """
    if not settings.IS_TRACED:
        return _NOTHING
    span: AbstractContextManager[None] = _spans().attempt(claimed, asked_at)
    return span


def end_attempt(claimed: ClaimedEvent, outcome: Outcome, error: AttemptError | None = None) -> None:
    """End an attempt's span with what was recorded of it, from whatever thread."""
    if settings.IS_TRACED:
        _spans().end_attempt(claimed, outcome, error)


def traced(
    name: str,
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Make each call of a function a span; while tracing is off, it stays as it is."""

    def trace(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        if not settings.IS_TRACED:
            return function
        spanned: Callable[Parameters, Answer] = _spans().traced(name, function)
        return spanned

    return trace


def flush() -> None:
    """Send what waits to be sent, within a short time: the process ends."""
    if settings.IS_TRACED:
        _spans().flush()


@cache
def _spans() -> ModuleType:
    from events.tracing import spans  # noqa: PLC0415  # costs time and memory, so only if it is on

    return spans
