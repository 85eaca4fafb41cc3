"""What a request leaves to the garbage collector, which comes by rarely: nothing."""

import gc
import io
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

_SIGNALS = (request_started, request_finished)
_EVENT = b'{"event_type":"order.created","payload":{}}'


@pytest.fixture(autouse=True)
def unconnected() -> Iterator[None]:
    """Keep Django from looking after its database's connections, as its test client does."""
    for each in _SIGNALS:
        each.disconnect(close_old_connections)
    yield
    for each in _SIGNALS:
        each.connect(close_old_connections)


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("POST /events", _EVENT, HTTPStatus.ACCEPTED),
        ("POST /events/batch", b'{"events":[%b]}' % _EVENT, HTTPStatus.ACCEPTED),
        ("POST /events/batch", b'{"events":[%b,{}]}' % _EVENT, HTTPStatus.ACCEPTED),
        ("POST /events/batch", b'{"events":[{}]}', HTTPStatus.UNPROCESSABLE_ENTITY),
        ("POST /events", b"{", HTTPStatus.BAD_REQUEST),
        ("POST /events", b"{}", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("GET /events/0197", b"", HTTPStatus.NOT_FOUND),
        ("HEAD /events/0197", b"", HTTPStatus.NOT_FOUND),
        ("PUT /events", _EVENT, HTTPStatus.METHOD_NOT_ALLOWED),
        ("GET /stats", b"", HTTPStatus.OK),
        ("GET /nowhere", b"", HTTPStatus.NOT_FOUND),
    ],
)
@pytest.mark.usefixtures("api")
def test_it_leaves_no_cycles_behind(line: str, body: bytes, status: HTTPStatus) -> None:
    handler = WSGIHandler()
    # What is made once is not left behind.
    _request(handler, line, body)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        answered = _request(handler, line, body)
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert answered == status
    assert not left


def _request(handler: WSGIHandler, line: str, body: bytes) -> int:
    method, path = line.split()
    # Django's test client ties knots of its own.
    environ: dict[str, Any] = RequestFactory()._base_environ(  # noqa: SLF001  # it has no other
        PATH_INFO=path,
        REQUEST_METHOD=method,
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": io.BytesIO(body)},
    )
    statuses: list[str] = []
    response = handler(environ, lambda status, _: statuses.append(status))
    b"".join(response)
    response.close()
    return int(statuses[0].split()[0])
