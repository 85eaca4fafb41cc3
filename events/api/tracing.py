"""A span for each request; in ``settings.MIDDLEWARE`` only where tracing is on."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

from django.contrib.admindocs.views import simplify_regex
from django.http import HttpRequest, HttpResponse
from opentelemetry.trace import Span, StatusCode
from structlog.contextvars import bound_contextvars

from events import tracing
from events.api.gate import FOR_MACHINES
from events.tracing import spans

# What asks here asks every few seconds, for nobody's event.
_UNTRACED = (*FOR_MACHINES, "/static/")


class Tracing:
    """Outside of everything else, so that every line of the log has the trace's id.

    The answer's header is W3C's draft for telling clients in which trace their request was:
    https://w3c.github.io/trace-context/#traceresponse-header
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_UNTRACED):
            return self._get_response(request)
        sent = {
            "traceparent": request.headers.get("traceparent", ""),
            "tracestate": request.headers.get("tracestate", ""),
        }
        with spans.request(request.method or "", sent) as span:
            trace_id = f"{span.get_span_context().trace_id:032x}"
            with bound_contextvars(trace_id=trace_id):
                response = self._get_response(request)
            _describe(span, request, response)
            response.headers["traceresponse"] = str(tracing.traceparent())
        return response


def _describe(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    span.set_attribute("http.request.method", request.method or "")
    span.set_attribute("url.path", request.path)
    span.set_attribute("http.response.status_code", response.status_code)
    span.set_attribute("request_id", response.headers["X-Request-ID"])
    if request.resolver_match is not None:
        route = _route(request.resolver_match.route)
        span.update_name(f"{request.method} {route}")
        span.set_attribute("http.route", route)
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(StatusCode.ERROR)


@cache
def _route(pattern: str) -> str:
    """Write a pattern of an address as people do: /events/<event_id>."""
    return simplify_regex(pattern).rstrip("/")
