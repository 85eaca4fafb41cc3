"""A collector of traces, as OpenTelemetry's exporters see one over HTTP."""

import gzip
import itertools
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.processes import Process, answers, eventually, free_port


class Span(NamedTuple):
    """A span as it came over the wire; ids are hex, kinds and statuses are words."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: list[tuple[str, str]]
    is_error: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]


class Collector:
    """Keeps every span that comes.

    In a process of its own: the platform sends whenever it likes, also while the test process
    runs a test with the network off.
    """

    def __init__(self, folder: Path) -> None:
        self.bodies: list[bytes] = []
        self._folder = folder
        self._spans: list[Span] = []
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "tests.collector", str(port), str(folder)]
        self._process = Process("collector", command, environment=dict(os.environ), folder=folder)
        eventually(lambda: answers(self.url), "the collector answers")

    @property
    def spans(self) -> list[Span]:
        """What came so far."""
        while (body := self._folder / str(len(self.bodies))).exists():
            self.bodies.append(body.read_bytes())
            self._spans.extend(_spans_in(self.bodies[-1]))
        return self._spans

    def of_event(self, event_id: str, kind: str) -> list[Span]:
        """Return what came of an event so far, in the order of attempts."""
        found = [
            each
            for each in self.spans
            if each.kind == kind and each.attributes.get("event_id") == event_id
        ]
        return sorted(
            found, key=lambda span: [span.attributes.get(n, 0) for n in ("generation", "attempt")]
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def _spans_in(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        Span(
            name=span.name,
            kind=span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            links=[(each.trace_id.hex(), each.span_id.hex()) for each in span.links],
            is_error=span.status.code == span.status.STATUS_CODE_ERROR,
            attributes=_values(span.attributes),
            resource=_values(of_process.resource.attributes),
        )
        for of_process in request.resource_spans
        for scope in of_process.scope_spans
        for span in scope.spans
    ]


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def _serve(port: int, folder: Path) -> None:
    """Write each body to a file named by its number, from 0."""
    numbers = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            unfinished = folder / "unfinished"
            unfinished.write_bytes(body)
            unfinished.rename(folder / str(next(numbers)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    # One request at a time: files get their numbers in the order of their names.
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
