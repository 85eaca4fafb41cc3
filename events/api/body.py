"""The request's body: bounded in size and in time, whatever the client does."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socket import socket
from typing import IO, Any

from django.conf import settings
from gunicorn.http.errors import ParseException

from events.api.deadlines import watch
from events.api.errors import Problem


def read_json_body(environ: dict[str, Any]) -> bytes:
    """Read the bytes of a JSON body, or raise the ``Problem`` that says why not."""
    _refuse_encoding(environ)
    _refuse_content_type(environ)
    return _read(environ, settings.BODY_LIMIT_BYTES)


def _refuse_encoding(environ: dict[str, Any]) -> None:
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_encoding",
            "The body must be sent without a Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )


def _refuse_content_type(environ: dict[str, Any]) -> None:
    media_type, _, parameters = environ.get("CONTENT_TYPE", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if media_type.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be sent as Content-Type: application/json, in UTF-8.",
            headers={"Accept-Post": "application/json"},
        )


def _read(environ: dict[str, Any], limit: int) -> bytes:
    length = _content_length(environ)
    if length is not None and length > limit:
        raise _too_large(limit)
    wanted = limit + 1 if length is None else length
    with _deadline(environ.get("gunicorn.socket"), settings.BODY_DEADLINE_SECONDS):
        body = _read_stream(environ["wsgi.input"], wanted)
    if len(body) > limit:
        raise _too_large(limit)
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


def _too_large(limit: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        f"The body is larger than {limit} bytes.",
        closes_connection=True,
        limit=limit,
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
