"""The Celery app: settings for SQS on which nothing is lost; docs/decisions in the README."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Not django.conf's: another settings module, as of tests, may be about to load this package.
from config import settings
from tasks import transport
from tasks.stopping import GiveBackPrefetched

transport.register()

app = Celery(
    "platform", events="tasks.worker_events:SQSEvents", fixups=["config.worker_fixup:fixup"]
)
_QUEUES = (settings.WORK_QUEUE, settings.DEAD_LETTER_QUEUE)

app.conf.update(
    broker_url="sqs-durable://",
    broker_connection_retry_on_startup=True,
    # A thread without a connection of its own would wait, and its message miss a shared call.
    broker_pool_limit=max(settings.API_THREADS, settings.WORKER_CONCURRENCY),
    broker_transport_options={
        "region": settings.AWS_REGION,
        # With their addresses given, no queue is looked up, and none is ever made by accident
        # without its redrive policy.
        "predefined_queues": {
            name: {"url": f"{settings.QUEUE_URL_PREFIX}/{name}"} for name in _QUEUES
        },
        "visibility_timeout": settings.VISIBILITY_SECONDS,
        "wait_time_seconds": settings.LONG_POLL_SECONDS,
        "send_wait_seconds": settings.DISPATCH_DEADLINE_SECONDS,
        "client-config": {"read_timeout": settings.DISPATCH_DEADLINE_SECONDS},
    },
    imports=[
        "tasks.startup",
        "tasks.worker_metrics",
        "tasks.processing",
        "tasks.redrive",
        "tasks.recovery",
        "tasks.drains",
        "tasks.replay_plans",
        "tasks.heartbeat",
    ],
    # The work queue alone: what workers know, they work on, and dead letters must stay dead.
    task_queues=[Queue(settings.WORK_QUEUE)],
    task_default_queue=settings.WORK_QUEUE,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    # No results are kept; without this, each thread would make a backend that keeps none.
    result_backend_thread_safe=True,
    # A message is deleted once its work is recorded, and never because its work failed.
    task_acks_late=True,
    task_acks_on_failure=False,
    task_acks_on_timeout=False,
    task_publish_retry=False,
    worker_prefetch_multiplier=settings.WORKER_PREFETCH,
    worker_concurrency=settings.WORKER_CONCURRENCY,
    worker_consumer="tasks.transport.consumer:Consumer",
    worker_pool="tasks.pool:TaskPool" if settings.WORKER_POOL == "threads" else "prefork",
    worker_enable_remote_control=False,
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)
app.steps["consumer"].update({GiveBackPrefetched, transport.SettleAtOnce})
