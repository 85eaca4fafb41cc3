"""A worker that stops: what no handler has begun runs elsewhere, without waiting for what has."""

from typing import Any

import structlog
from celery import bootsteps
from celery.apps import worker
from celery.signals import worker_process_shutdown
from celery.worker import state

from events import tracing

logger = structlog.get_logger(__name__)

# The stubs leave out what a step is given.
_Step: Any = bootsteps.StartStopStep


class GiveBackPrefetched(_Step):  # type: ignore[misc]  # see _Step
    """Shows prefetched messages to other workers, first thing when the consumer stops.

    Celery itself gives them back last, after the running handlers, however long those take. Its
    consumer begins with nothing new by now; what waits for one of the pool's threads is taken back.
    """

    # Steps stop in reverse order: this one before the last poll is waited for.
    requires = ("celery.worker.consumer.tasks:Tasks",)

    def stop(self, consumer: Any) -> None:
        if hasattr(consumer.pool, "cancel_waiting"):
            begun = consumer.pool.cancel_waiting()
        else:
            begun = {request.message.delivery_tag for request in state.active_requests}
        if consumer.task_consumer:
            for message in consumer.task_consumer.channel.qos.messages():
                if message.delivery_tag not in begun:
                    message.release()


def _say(text: str, _stream: object = None) -> None:
    logger.info("celery_says", text=text)


# "worker: Warm shutdown" and the like: Celery writes them past every log.
worker.safe_say = _say  # type: ignore[attr-defined]  # its stubs leave it out


@worker_process_shutdown.connect(weak=False)
def _flush(**_: object) -> None:
    # A child of the prefork pool ends without what Python does at exit.
    tracing.flush()
