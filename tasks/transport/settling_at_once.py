"""A step for Celery's consumer: messages are settled by the thread that ran their task."""

import logging
from functools import partial
from typing import Any

from celery import bootsteps

log = logging.getLogger(__name__)

# The stubs leave out what a step is given.
_Step: Any = bootsteps.StartStopStep


class SettleAtOnce(_Step):  # type: ignore[misc]  # see _Step
    """Spares Celery's event loop a wake-up for each task: this transport takes calls of any thread.

    Use it as ``app.steps["consumer"].add(SettleAtOnce)``.
    """

    # Before the event loop, which looks the consumer's function up as it starts.
    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, consumer: Any) -> None:
        consumer.call_soon_ack = _call_now


def _call_now(settle: Any, *args: Any, **kwargs: Any) -> Any:
    call = partial(settle, *args, **kwargs)
    try:
        call()
    except Exception:
        # As in Celery's loop: it must not strike the thread, and the message comes back.
        log.exception("A message could not be settled")
    return call
