"""The exporter's end: reads the queue and hands each event to its handler, for ever."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.events.receiver import EventReceiver
from django.conf import settings

from tasks.worker_events.message import UnreadableMessageError, unpack_events
from tasks.worker_events.queue_client import QUEUE_ERRORS, OutageLog, QueueClient

_RETRY_SECONDS = 1.0
# Duplicates come within minutes; this many messages are ten minutes' of twenty workers.
_MAX_REMEMBERED = 12_000

logger = structlog.get_logger(__name__)


class SQSEventReceiver(EventReceiver):
    """Counts every event once: in spite of duplicates, bad events and any outage of SQS."""

    def __init__(
        self,
        channel: Any,  # noqa: ARG002  # the exporter's connection, which stays unopened
        handlers: dict[str, Callable[..., Any]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(None, handlers, **options)
        name = settings.WORKER_EVENTS_QUEUE
        self._queue = QueueClient(name, wait_seconds=settings.LONG_POLL_SECONDS)
        self._outage = OutageLog(name)
        self._counted: dict[str, None] = {}
        self._last_seen: dict[str, float] = {}

    def capture(self, *_: Any, **__: Any) -> None:
        """Receive until an exception ends it, such as the one a signal handler raises."""
        while True:
            try:
                self._receive_once()
            except QUEUE_ERRORS as error:
                self._outage.note_failure(error)
                time.sleep(_RETRY_SECONDS)
            else:
                self._outage.note_success()

    def _receive_once(self) -> None:
        messages = self._queue.receive()
        for message in messages:
            self._count(message)
        if messages:
            self._queue.delete(messages)

    def _count(self, message: dict[str, Any]) -> None:
        # Events hold times and ids, so equal bodies are one message: delivered twice by SQS,
        # sent twice by a worker that missed the answer, or not deleted after the first time.
        digest = message["MD5OfBody"]
        if digest in self._counted:
            return
        try:
            events = unpack_events(message["Body"])
        except UnreadableMessageError as error:
            logger.warning("worker_events_message_skipped", reason=str(error))
            return
        for event in events:
            self._count_event(event)
        self._counted[digest] = None
        if len(self._counted) > _MAX_REMEMBERED:
            del self._counted[next(iter(self._counted))]

    def _count_event(self, event: dict[str, Any]) -> None:
        try:
            event_type, localized = self.event_from_message(event)
            if self._is_newest(event_type, localized):
                self.process(event_type, localized)
        except Exception:  # a bad event may fail anywhere in Celery's or the exporter's code
            logger.warning("worker_event_skipped", exc_info=True)

    def _is_newest(self, event_type: str, event: dict[str, Any]) -> bool:
        """Say whether a worker's state is news: a late heartbeat must not revive the stopped."""
        if not event_type.startswith("worker-"):
            return True
        if event["timestamp"] < self._last_seen.get(event["hostname"], 0.0):
            return False
        self._last_seen[event["hostname"]] = event["timestamp"]
        return True
