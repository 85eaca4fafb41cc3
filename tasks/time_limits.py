"""Time limits of handlers, in threads as in processes.

The soft limit is an exception in the handler's own thread. The hard limit gives the attempt up from
outside: its end is recorded, its lease is no longer extended, and the process is replaced, since a
thread that hangs cannot be ended.
"""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

from events.event import ClaimedEvent
from events.registry import Handler
from tasks import lease_keeper, outcomes, replacement, transport
from tasks.base import EventTask
from tasks.log_context import about
from tasks.ticker import Ticker

logger = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Limits:
    thread_id: int
    warn_at: float
    give_up_at: float
    give_up: Callable[[], None]
    is_warned: bool = False
    is_given_up: bool = False


class _TakenBack(BaseException):
    """What is raised, and caught at once, in place of a soft limit."""


@contextmanager
def limit_time(task: EventTask, claimed: ClaimedEvent, handler: Handler) -> Iterator[None]:
    """Hold the block to the handler's limits.

    SoftTimeLimitExceeded is raised between two steps of Python code: a block that sits in one long
    call of C code (a query, a sleep, a lock) hears of it when that call returns.
    """
    if handler.soft_time_limit is None and handler.time_limit is None:
        yield
        return
    now = time.monotonic()
    # Looked up here: the task's request belongs to the handler's thread.
    delivery_tag = task.request.properties["delivery_tag"]
    limits = _Limits(
        thread_id=threading.get_ident(),
        warn_at=now + (handler.soft_time_limit or float("inf")),
        give_up_at=now + (handler.time_limit or float("inf")),
        give_up=lambda: _give_up(claimed, handler, delivery_tag),
    )
    _ticker.add(limits)
    try:
        yield
    finally:
        _lift(limits)


def _lift(limits: _Limits) -> None:
    while True:
        try:
            _ticker.discard(limits)
            if limits.is_warned:
                _take_back(limits.thread_id)
        except SoftTimeLimitExceeded:
            # It fell into the block's own end: the work was done in time.
            continue
        return


def _take_back(thread_id: int) -> None:
    """Let what is set but not raised yet not hit what the thread, the caller's, does next."""
    try:
        # It takes the other's place. Setting none instead would leave CPython's flag for it up:
        # all loops of the process slow, and a traced one without end.
        _raise_in_thread(thread_id, _TakenBack)
        while True:
            pass
    except _TakenBack:
        return


def _look_at(limits: _Limits, now: float) -> None:
    if now >= limits.warn_at and not limits.is_warned:
        limits.is_warned = True
        _raise_in_thread(limits.thread_id, SoftTimeLimitExceeded)
    if now >= limits.give_up_at and not limits.is_given_up:
        limits.is_given_up = True
        threading.Thread(target=limits.give_up, name="give-up", daemon=True).start()


def _give_up(claimed: ClaimedEvent, handler: Handler, delivery_tag: str) -> None:
    """End a hung attempt; if its handler returns after all, its own record no longer counts."""
    lease_keeper.let_go(claimed)
    with about(claimed):
        logger.error("attempt_hung", event_type=claimed.event_type)
        try:
            outcomes.fail(claimed, handler, TimeLimitExceeded(handler.time_limit))
        except Exception:
            # The lease runs out by itself, and the next attempt shows this one as lost.
            logger.exception("hung_attempt_not_recorded")
    transport.abandon(delivery_tag)
    replacement.replace_process()


def _raise_in_thread(thread_id: int, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(error))


_ticker: Ticker[_Limits] = Ticker("time-limits", _look_at)
