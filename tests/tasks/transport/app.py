"""A Celery application as any user of the transport might have one; its tasks note what they do."""

import json
import os
import time
from pathlib import Path
from typing import Any

from billiard import einfo
from celery import Celery
from celery.app.task import Task
from celery.exceptions import Retry
from celery.worker.request import Request

from tasks import transport

transport.register()

QUEUE = os.environ["TEST_QUEUE_URL"].rpartition("/")[2]
NOTES = Path(os.environ["TEST_NOTES"])

app = Celery("transport-tests", broker=os.environ["TEST_BROKER_URL"])
app.conf.update(
    broker_transport_options={
        "is_secure": False,
        "region": "us-east-1",
        "predefined_queues": {QUEUE: {"url": os.environ["TEST_QUEUE_URL"]}},
        "visibility_timeout": int(os.environ.get("TEST_VISIBILITY_SECONDS", "30")),
        "wait_time_seconds": int(os.environ.get("TEST_WAIT_SECONDS", "1")),
    },
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_acks_on_failure=False,
    task_acks_on_timeout=False,
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_consumer="tasks.transport.consumer:Consumer",
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)


class HeldRequest(Request):
    """A request whose retry waits in SQS."""

    def on_retry(self, exc_info: Any) -> None:
        error = exc_info.exception
        if isinstance(error, einfo.ExceptionWithTraceback):  # type: ignore[attr-defined]  # stubs lack it
            error = error.exc
        self.message.hold(error.when)
        self.acknowledged = True


class HeldTask(Task):  # type: ignore[type-arg]  # any parameters, any result
    Request = HeldRequest  # type: ignore[assignment]  # Celery takes the class as well as its path


def note(name: str, what: str, **facts: Any) -> None:
    """Append one line; lines this short are written whole, whoever else writes."""
    line = json.dumps({"name": name, "what": what, "at": time.time(), **facts})
    with NOTES.open("a") as notes:
        notes.write(line + "\n")


@app.task
def work(name: str, seconds: float = 0.0) -> None:
    note(name, "start")
    time.sleep(seconds)
    note(name, "end")


@app.task(bind=True, base=HeldTask)
def hold_once(self: Any, name: str, seconds: float) -> None:
    received = self.request.properties["delivery_info"]["sqs_message"]
    note(name, "start", body="Body" in received, attributes=sorted(received["Attributes"]))
    if received["Attributes"]["ApproximateReceiveCount"] == "1":
        raise Retry(when=seconds)  # type: ignore[arg-type]  # a float is a Real
    note(name, "end")
