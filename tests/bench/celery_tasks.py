"""A plain Celery app, over whatever broker the environment names.

``python -m tests.bench.celery_tasks TASK COUNT`` sends so many.
"""

import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from celery import Celery

from tasks import transport
from tests.bench.plain_claim import claim_and_finish

transport.register()
_SCHEME, _QUEUE = os.environ["BENCH_BROKER"], os.environ["BENCH_QUEUE"]
_ENDPOINT = os.environ["AWS_ENDPOINT_URL"]

app = Celery("bench", broker=f"{_SCHEME}://local:local@{urlsplit(_ENDPOINT).netloc}")
app.conf.update(
    task_default_queue=_QUEUE,
    # Without it a killed worker loses its tasks, with either transport.
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_pool_limit=32,
    broker_transport_options={
        "region": "us-east-1",
        "is_secure": False,
        "wait_time_seconds": 20,
        "visibility_timeout": 30,
        "predefined_queues": {_QUEUE: {"url": f"{_ENDPOINT}/000000000000/{_QUEUE}"}},
    },
    worker_enable_remote_control=False,
)


@app.task(name="noop")
def noop(event_id: str) -> None:
    """Do nothing."""


@app.task(name="claimed")
def claimed(event_id: str) -> None:
    """Do nothing between a claim and a finish."""
    claim_and_finish(event_id)


def fill(name: str, count: int) -> None:
    event_ids = [str(uuid.uuid4()) for _ in range(count)]
    with ThreadPoolExecutor(16) as executor:
        list(executor.map(app.tasks[name].delay, event_ids))


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]))
