"""Work for a handler's thread, in threads that no time limit strikes."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from django.conf import settings

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


def out_of_reach(work: Callable[[Subject], Answer]) -> Callable[[Subject], Answer]:
    """Let another thread do the work: a limit that passes strikes only whoever waits for it.

    A write may lead a call that carries other events' writes. Struck, it would cut them all off.
    """

    def do(subject: Subject) -> Answer:
        done: SimpleQueue[Future[Answer]] = SimpleQueue()
        # A future's own wait is many steps of Python, and may be left in the middle of any.
        _executor.submit(work, subject).add_done_callback(done.put)
        return done.get().result()

    return do


def _new_executor() -> ThreadPoolExecutor:
    # One for each handler: what is asked at once travels together, and none waits for a slow one.
    return ThreadPoolExecutor(settings.WORKER_CONCURRENCY, thread_name_prefix="out-of-reach")


def _forget_parent() -> None:
    global _executor  # noqa: PLW0603  # the parent's threads do not exist here
    _executor = _new_executor()


_executor = _new_executor()
os.register_at_fork(after_in_child=_forget_parent)
