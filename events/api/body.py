"""The request's body: bounded in size and in time, whatever the client does."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socket import socket
from typing import IO, Any

from django.conf import settings
from gunicorn.http.errors import ParseException

from events.api.deadlines import watch
from events.api.errors import Problem

_GZIP = zlib.MAX_WBITS | 16
# What each Content-Encoding says: whether the body is gzip.
_ENCODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}


def read_body(environ: dict[str, Any], *, limit: int) -> bytes:
    """Read a body of at most so many bytes, inflated, or raise the ``Problem`` that says why not.

    A compressed body has no more room than a plain one, so that none grows in memory.
    """
    is_compressed = _is_compressed(environ)
    body = _read(environ, limit)
    return _inflate(body, limit) if is_compressed else body


def _is_compressed(environ: dict[str, Any]) -> bool:
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_encoding",
            "The body must be sent with Content-Encoding: gzip, or without one.",
            headers={"Accept-Encoding": "gzip, identity"},
        )
    return _ENCODINGS[encoding]


def _inflate(body: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    try:
        # Inflates no further than one byte past the limit.
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise _broken_gzip("it is not gzip, or damaged") from error
    if len(inflated) > limit:
        raise too_large(limit, counted_as="inflated")
    if not inflater.eof:
        raise _broken_gzip("it ends too early")
    if inflater.unused_data:
        # Members in any number would each have to be copied: a way to burn the processor.
        raise _broken_gzip("something follows its first member")
    return inflated


def _read(environ: dict[str, Any], limit: int) -> bytes:
    length = _content_length(environ)
    if length is not None and length > limit:
        raise too_large(limit)
    wanted = limit + 1 if length is None else length
    with _deadline(environ.get("gunicorn.socket"), settings.BODY_DEADLINE_SECONDS):
        body = _read_stream(environ["wsgi.input"], wanted)
    if len(body) > limit:
        raise too_large(limit)
    if length is not None and len(body) < length:
        raise _incomplete()
    return body


def _content_length(environ: dict[str, Any]) -> int | None:
    """Return the body's length, None if it comes in chunks and ends when it ends."""
    text = environ.get("CONTENT_LENGTH")
    if text:
        # The server refuses lengths that are no numbers before they get here.
        return int(text)
    # Django takes a body without a length for an empty one; the server knows better.
    return None if environ.get("wsgi.input_terminated") else 0


def _read_stream(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except (OSError, ParseException) as error:
        # gunicorn raises these for connections that end early and for broken chunks.
        raise _incomplete() from error


@contextmanager
def _deadline(connection: socket | None, seconds: float) -> Iterator[None]:
    """Bound the block's total time: a timeout per read never ends a client that trickles."""
    if connection is None:
        yield
        return
    token = watch.add(connection, seconds)
    try:
        yield
    finally:
        # The read itself only says that the connection ended; this says who ended it.
        if not watch.remove(token):
            raise _too_late(seconds)


def too_large(limit: int, *, counted_as: str = "") -> Problem:
    """Refuse a body that is too large as it came, or as something else once it was read."""
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        f"The body is larger than {limit} bytes{counted_as and f', {counted_as}'}.",
        closes_connection=not counted_as,
        limit=limit,
    )


def _broken_gzip(reason: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "broken_gzip",
        f"The body is sent with Content-Encoding: gzip, but {reason}.",
    )


def _too_late(seconds: float) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_TIMEOUT,
        "body_timeout",
        f"The body did not arrive within {seconds:g} s.",
        closes_connection=True,
    )


def _incomplete() -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "incomplete_body",
        "The body ended before its announced length, or its chunks are broken.",
        closes_connection=True,
    )
