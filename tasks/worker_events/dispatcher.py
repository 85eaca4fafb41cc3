"""The worker's end: takes Celery's worker events and hands them to the outbox."""

import time
from functools import cache
from typing import Any

import orjson
from celery.events.dispatcher import EventDispatcher
from celery.signals import worker_shutdown
from celery.utils.time import utcoffset
from django.conf import settings

from tasks.worker_events.message import exported_fields
from tasks.worker_events.outbox import Outbox

_CLOSE_TIMEOUT_SECONDS = 2.0


class SQSEventDispatcher(EventDispatcher):
    """Reports to the process's outbox; the broker connection it is given is never opened."""

    def send(self, type: str, *_: Any, **fields: Any) -> None:  # noqa: A002  # Celery's name
        if not self.enabled:
            return
        exported = exported_fields(type, fields)
        if exported is None or _is_shortcut(type, exported):
            return
        if "uuid" in exported:
            # Failures of messages without a known task carry neither; they must not be
            # counted under the exporter's own defaults, which look like real names.
            exported = {"name": "unknown", "queue": "unknown", **exported}
        event = {
            "type": type,
            "hostname": self.hostname,
            "timestamp": time.time(),
            "utcoffset": utcoffset(),
            **exported,
        }
        outbox().put(orjson.dumps(event).decode())


def _is_shortcut(event_type: str, exported: dict[str, Any]) -> bool:
    # Celery sends task-received past the request, hence without the queue. The request
    # reports it too; see EventReportingRequest.
    return event_type == "task-received" and "queue" not in exported


@cache
def outbox() -> Outbox:
    """Return this process's outbox; it outlives dispatchers, which end with each connection."""
    return Outbox(settings.WORKER_EVENTS_QUEUE)


# The dispatcher's own close() comes too early for this, and with every lost connection as well.
@worker_shutdown.connect(weak=False)
def close_outbox(**_: Any) -> None:
    outbox().close(_CLOSE_TIMEOUT_SECONDS)
