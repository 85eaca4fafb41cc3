"""Celery's worker events over one SQS queue, from every worker to the one exporter.

Celery publishes these events through a topic exchange, which over SQS exists only in the memory
of each process, so that nobody ever receives them. Here they skip the broker: workers write to
one fixed queue and the exporter reads it, both with plain SQS calls. Use it as
``Celery(..., events="tasks.worker_events:SQSEvents")`` and give the tasks a ``Request`` class
that extends ``tasks.worker_events.request.EventReportingRequest``.
"""

from celery.app.events import Events


class SQSEvents(Events):
    """What ``app.events`` is, with both ends of the queue in place of Celery's own."""

    # By name: a process that only publishes tasks imports neither.
    dispatcher_cls = "tasks.worker_events.dispatcher:SQSEventDispatcher"
    receiver_cls = "tasks.worker_events.receiver:SQSEventReceiver"
