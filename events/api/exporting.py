"""Exports as they are sent: bit by bit, and never taken for whole when they were cut off."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from http import HTTPStatus
from itertools import chain, repeat
from operator import add
from typing import Any

import orjson
import structlog

from events.api.cloudevents import show_cloudevent
from events.api.errors import Problem
from events.api.representations import show_event
from events.errors import EventError
from events.queries import EventPage

_logger = structlog.get_logger(__name__)

# Each holds a thread for as long as it takes, and takes a good part of a process's time.
EXPORTS_AT_ONCE = 2
# The client may see that it is not forgotten; JSON knows no meaning of it.
_SIGN_OF_LIFE = b"\n"

_RETRY_AFTER_SECONDS = 10
_PIECE_BYTES = 64 * 1_024

_places = threading.BoundedSemaphore(EXPORTS_AT_ONCE)
MakeCursor = Callable[[str | None], str | None]


class Place:
    """One of the exports that this process may be at, or the ``Problem`` that all are taken."""

    def __init__(self) -> None:
        if not _places.acquire(blocking=False):
            raise _too_many()
        self._is_taken = True

    def give_back(self) -> None:
        """Let another have it; safe to repeat."""
        if self._is_taken:
            self._is_taken = False
            _places.release()


class Chunks:
    """What is sent, and what is to be done when that is over or the client has gone."""

    def __init__(self, chunks: Iterable[bytes], on_close: Callable[[], None]) -> None:
        self._chunks = iter(chunks)
        # The server asks for them when the request's own context has ended, and its log with it.
        self._context = copy_context()
        self.close = on_close

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := self._context.run(next, self._chunks, None)) is not None:
            yield chunk


def write_lines(pages: Iterable[EventPage], make_cursor: MakeCursor) -> Iterator[bytes]:
    """Write an event a line, and a last line that says whether these are all.

    Where the store went away meanwhile, it says so and has the cursor to go on with.
    """
    count = 0
    next_key: str | None = None
    ended: dict[str, Any] = {"complete": True, "code": None, "next": None}
    try:
        for page in pages:
            count += len(page.events)
            yield from _pieces(_line(show_event(each)) for each in page.events)
            next_key = page.next_key
    except EventError as error:
        _logger.warning("export_cut_off", count=count, reason=str(error))
        ended = {"complete": False, "code": error.code, "next": make_cursor(next_key)}
    yield _line({**ended, "count": count})


def write_cloudevents(pages: Iterable[EventPage], make_cursor: MakeCursor) -> Iterator[bytes]:  # noqa: ARG001  # as above
    """Write a JSON array with an event a line; without its last bracket it is not whole."""
    count = 0
    try:
        for page in pages:
            shown = map(show_cloudevent, page.events)
            beginnings = chain([b",\n" if count else b"[\n"], repeat(b",\n"))
            yield from _pieces(map(add, beginnings, shown))
            count += len(page.events)
    except EventError as error:
        _logger.warning("export_cut_off", count=count, reason=str(error))
        return
    yield b"\n]\n" if count else b"[]\n"


def _pieces(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Join what is short: a client has so long to take each piece."""
    piece = b""
    for text in texts:
        piece += text
        if len(piece) >= _PIECE_BYTES:
            yield piece
            piece = b""
    yield piece or _SIGN_OF_LIFE


def _line(shown: dict[str, Any]) -> bytes:
    return orjson.dumps(shown) + b"\n"


def _too_many() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too_many_exports",
        "There are as many exports at once as there may be; try again later.",
        headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
    )
