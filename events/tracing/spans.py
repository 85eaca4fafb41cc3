"""Spans by OpenTelemetry's SDK, sampled and exported as its own OTEL_ variables say."""

import atexit
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events.event import AttemptError, ClaimedEvent, Outcome

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

# A collector that is away must not hold up a deploy.
_FLUSH_SECONDS = 2.0

# What else a request waits for, it asks and is answered.
_KINDS = {"queue": SpanKind.PRODUCER}

_w3c = TraceContextTextMapPropagator()
# By the attempt's token: it may be ended by another thread than its own.
_attempts: dict[str, Span] = {}


@contextmanager
def request(method: str, sent: Mapping[str, str]) -> Iterator[Span]:
    """Make the block the span of a request; ``sent`` are the client's headers about its trace."""
    with _tracer().start_as_current_span(
        method,
        context=_w3c.extract(sent),
        kind=SpanKind.SERVER,
        # An exception's text may hold what a client sent.
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def attempt(claimed: ClaimedEvent, asked_at: float) -> Iterator[None]:
    span = _tracer().start_span(
        f"process {claimed.event_type}",
        context=_w3c.extract({"traceparent": claimed.traceparent or ""}),
        kind=SpanKind.CONSUMER,
        links=_replay_of(claimed),
        start_time=time.time_ns() - int((time.monotonic() - asked_at) * 1_000_000_000),
        attributes={
            "event_id": claimed.event_id,
            "event_type": claimed.event_type,
            "tenant": claimed.tenant,
            "generation": claimed.generation,
            "attempt": claimed.attempt_number,
            "worker": settings.WORKER_NAME,
            "messaging.system": "aws_sqs",
            "messaging.operation.name": "process",
            "messaging.destination.name": settings.WORK_QUEUE,
        },
    )
    _attempts[claimed.owner] = span
    try:
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            yield
    finally:
        # Nothing was recorded of it: the store was away, or the event was another's.
        if _attempts.pop(claimed.owner, None):
            span.end()


def end_attempt(claimed: ClaimedEvent, outcome: Outcome, error: AttemptError | None) -> None:
    span = _attempts.pop(claimed.owner, None)
    if span is None:
        return
    span.set_attribute("outcome", outcome.value)
    if error is not None:
        span.set_attributes({"error.type": error.type, "error.fingerprint": error.fingerprint})
    if outcome is not Outcome.SUCCEEDED:
        span.set_status(StatusCode.ERROR)
    span.end()


def traced(name: str, function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    @wraps(function)
    def call(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
        with _tracer().start_as_current_span(
            name, kind=_KINDS.get(name, SpanKind.CLIENT), record_exception=False
        ):
            return function(*arguments, **named)

    return call


def describe(facts: Mapping[str, str | int]) -> None:
    trace.get_current_span().set_attributes(facts)


def headers() -> dict[str, str]:
    written: dict[str, str] = {}
    _w3c.inject(written)
    return written


def flush() -> None:
    # The SDK's own way knows no limit of time.
    thread = threading.Thread(target=_provider().force_flush, daemon=True)
    thread.start()
    thread.join(_FLUSH_SECONDS)


def _replay_of(claimed: ClaimedEvent) -> list[Link]:
    """Point to the request that replayed the event, which has a trace of its own."""
    replay = claimed.replays[-1] if claimed.replays else None
    if replay is None or replay.traceparent is None:
        return []
    context = _w3c.extract({"traceparent": replay.traceparent})
    return [Link(trace.get_current_span(context).get_span_context())]


@cache
def _tracer() -> Tracer:
    return _provider().get_tracer("events", settings.VERSION)


@cache
def _provider() -> TracerProvider:
    resource = Resource.create(
        {
            "service.name": settings.OTEL_SERVICE_NAME,
            "service.version": settings.VERSION,
            "service.instance.id": settings.PROCESS_NAME,
            "host.name": socket.gethostname(),
        }
    )
    # At exit the SDK would wait half a minute for a collector that is away.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    atexit.register(flush)
    return provider
