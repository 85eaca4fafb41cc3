"""Several reads at once, on threads that the whole process shares."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import TypeVar

from events import timings

# They wait for the network nearly all the time; more would only wait for each other.
_THREADS = 16

Given = TypeVar("Given")
Result = TypeVar("Result")


# The reads' own times would add up to more than anybody waited.
@timings.spent_in("store")
def at_once(read: Callable[[Given], Result], given: Iterable[Given]) -> list[Result]:
    """Return what each read returns, in order, or raise the first one's error.

    A read must not call this itself: its threads could end up waiting for each other.
    """
    each_given = list(given)
    if len(each_given) == 1:
        return [read(each_given[0])]
    # A context of its own for each thread: what it logs belongs to the request.
    started = [_threads().submit(copy_context().run, read, each) for each in each_given]
    return [each.result() for each in started]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="read")


# A child has none of its parent's threads.
os.register_at_fork(after_in_child=_threads.cache_clear)
