"""Where the time of a request goes: seconds by part, as far as its own thread waited for them."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from events import tracing

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)


def begin() -> dict[str, float]:
    """Count anew in this context, into what this returns."""
    spent: dict[str, float] = {}
    _spent.set(spent)
    return spent


def spent_in(
    part: str,
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Count a function's time for a part of whatever request calls it, a span of its trace.

    What is counted inside of it, and on threads that it starts in its context, is part of it.
    """

    def count(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        traced = tracing.traced(part)(function)

        @wraps(function)
        def counted(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
            spent = _spent.get()
            if spent is None:
                return function(*arguments, **named)
            outermost = _spent.set(None)
            started = time.perf_counter()
            try:
                return traced(*arguments, **named)
            finally:
                _spent.reset(outermost)
                spent[part] = spent.get(part, 0.0) + time.perf_counter() - started

        return counted

    return count
