"""A Celery request whose events say all that the exporter needs, each on its own."""

from typing import Any

from billiard.einfo import ExceptionWithTraceback  # type: ignore[attr-defined]  # not in its stubs
from celery.signals import task_received
from celery.utils.serialization import get_pickled_exception
from celery.worker.request import Request


class EventReportingRequest(Request):
    """Puts task name, queue and the real exception class on every event.

    SQS does not keep order, so no event can lean on an earlier one. Subclasses that override
    ``on_retry`` or ``on_failure`` call ``super()``; a retry whose message must stay in the queue
    marks the request ``acknowledged`` first, and is still reported as task-retried.
    """

    _exception_name = ""

    def send_event(self, type: str, **fields: Any) -> None:  # noqa: A002  # Celery's name
        fields.setdefault("name", self.name)
        fields.setdefault("queue", self.delivery_info["routing_key"])
        if type == "task-failed" and self._exception_name:
            # The exporter reads the class off the front of a repr. Not every class has the
            # usual one, and the message behind it belongs to the event, not to the metrics.
            fields["exception"] = f"{self._exception_name}()"
        super().send_event(type, **fields)

    def on_failure(
        self,
        exc_info: Any,
        send_failed_event: bool = True,  # noqa: FBT001, FBT002  # Celery's signature
        return_ok: bool = False,  # noqa: FBT001, FBT002  # Celery's signature
    ) -> None:
        # The threads pool hands over the wrapper that prefork needs to carry a traceback.
        if isinstance(exc_info.exception, ExceptionWithTraceback):
            exc_info.exception = exc_info.exception.exc
        error = get_pickled_exception(exc_info.exception)
        # What stands for another error says for which.
        self._exception_name = getattr(error, "stands_for", type(error).__name__)
        super().on_failure(exc_info, send_failed_event, return_ok)


# In place of the event that Celery sends right after this signal, past the request.
@task_received.connect(weak=False)
def _report_received(request: Request, **_: Any) -> None:
    request.send_event("task-received")
