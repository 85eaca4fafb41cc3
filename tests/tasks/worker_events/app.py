"""A Celery app whose worker reports to the exporter; its tasks append to a file what they did."""

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery, Task

from tasks import transport

transport.register()

QUEUE = "reported-work"
_DONE = Path(os.environ["TEST_FOLDER"], "done")
_GATE = Path(os.environ["TEST_FOLDER"], "gate")
_ENDPOINT = os.environ["TEST_BROKER"]


class ReportingTask(Task):  # type: ignore[type-arg]  # any parameters, any result
    Request = "tasks.worker_events.request:EventReportingRequest"


app = Celery(
    "reporting",
    broker=_ENDPOINT.replace("http://", "sqs-durable://test:test@"),
    events="tasks.worker_events:SQSEvents",
    task_cls=ReportingTask,
)
app.conf.update(
    broker_transport_options={
        "is_secure": False,
        "region": "us-east-1",
        "predefined_queues": {QUEUE: {"url": f"{_ENDPOINT}/000000000000/{QUEUE}"}},
        "wait_time_seconds": 1,
    },
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_enable_remote_control=False,
    worker_send_task_events=True,
)


class OddError(Exception):
    """An error that does not look like one."""

    def __repr__(self) -> str:
        return "something odd"


@app.task
def succeed(name: str) -> None:
    with _DONE.open("a") as done:
        done.write(f"{name}\n")


@app.task
def fail_with_key_error() -> None:
    raise KeyError("secret of a customer")


@app.task
def fail_oddly() -> None:
    raise OddError


@app.task(bind=True, max_retries=3)
def retry_twice(self: Any) -> None:
    if self.request.retries < 2:
        raise self.retry(countdown=0)


@app.task
def wait_for_gate() -> None:
    while not _GATE.exists():
        time.sleep(0.02)
