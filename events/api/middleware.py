"""What every request gets, whoever answers it: an id, a log context, and a line if need be."""

import time
from collections.abc import Callable
from contextvars import copy_context
from http import HTTPStatus

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from events import request_ids, timings
from events.api.errors import Problem, render
from events.api.gate import FOR_MACHINES
from events.api.host import find_client_address

_logger = structlog.get_logger(__name__)

# Metrics carry the method as a label, so clients must not be able to invent methods.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"}


class RequestContext:
    """The outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # What is bound to the log while a request is answered, ends with it.
        return copy_context().run(self._respond, request)

    def _respond(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        spent = timings.begin()
        request_id = request_ids.sane(request.META.get("HTTP_X_REQUEST_ID")) or request_ids.new()
        request.request_id = request_id  # type: ignore[attr-defined]  # for problem documents
        request_ids.begin(request_id)
        response = self._answer(request)
        spent["total"] = time.perf_counter() - started
        _log(request, response, spent["total"])
        response.headers["X-Request-ID"] = request_id
        response.headers["Server-Timing"] = ", ".join(
            f"{part};dur={seconds * 1_000:.1f}" for part, seconds in spent.items()
        )
        if not response.streaming and response.status_code != HTTPStatus.NOT_MODIFIED:
            # Without it each answer would travel in chunks, and HEAD would not tell the size.
            response.headers.setdefault("Content-Length", str(len(response.content)))
            if request.method == "HEAD":
                # gunicorn would not send it either, but warn of it each time.
                response.content = b""
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method in _METHODS:
            return self._get_response(request)
        detail = "No address here takes this method."
        return render(Problem(HTTPStatus.NOT_IMPLEMENTED, "unknown_method", detail), request)


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    if response.status_code == HTTPStatus.NOT_IMPLEMENTED:
        # The client's doing, and free to invent.
        return
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log, name = _logger.warning, "request_failed"
    elif seconds >= settings.SLOW_REQUEST_SECONDS:
        log, name = _logger.info, "request_slow"
    elif settings.LOG_REQUESTS and not request.path.startswith(FOR_MACHINES):
        log, name = _logger.info, "request_answered"
    else:
        return
    log(
        name,
        method=request.method,
        path=request.path,
        client=find_client_address(request.META),
        status=response.status_code,
        milliseconds=round(seconds * 1_000),
    )
