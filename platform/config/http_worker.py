"""gunicorn's threaded worker, with four things put right."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import SHUT_RD, SHUT_WR, socket
from typing import Any

from django.conf import settings
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from events.api.deadlines import watch
from events.api.unreadable import answer_unreadable

_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024

StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class HTTPWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Bounds the wait for headers, closes where the application asks, lingers out of the way.

    What it cannot read it answers as the API would, not with a page.
    """

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi: Application = _announce_close(self.app.wsgi())

    def handle(self, conn: TConn) -> object:
        # gunicorn waits for the rest of a request's headers for ever, and a thread with it.
        conn.deadline = watch.add(conn.sock, settings.BODY_DEADLINE_SECONDS)
        try:
            is_kept: object = super().handle(conn)
        finally:
            watch.remove(conn.deadline)
        if not is_kept:
            # gunicorn lingers in the thread that accepts connections, up to two seconds for a
            # client that does not hang up: a few of them would stop the whole worker.
            _linger(conn.sock)
        return is_kept

    def handle_request(self, req: Request, conn: TConn) -> bool:
        watch.remove(conn.deadline)
        is_kept: bool = super().handle_request(req, conn)
        return is_kept

    def handle_error(self, *arguments: Any) -> None:
        _, client, _, error = arguments
        # Whoever sends such a request may be gone already.
        with suppress(OSError):
            client.sendall(answer_unreadable(error))


def _announce_close(application: Application) -> Application:
    """Close after an answer that left a body unread; gunicorn drops Connection headers."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        def start(*arguments: Any) -> Callable[[bytes], object]:
            if environ.get("events.closes_connection"):
                start_response.__self__.force_close()  # type: ignore[attr-defined]  # gunicorn's Response
            return start_response(*arguments)

        return application(environ, start)

    return answer


def _linger(connection: socket) -> None:
    """Give the client time to read the answer: closing on unread data would reset it away."""
    with suppress(OSError):
        connection.shutdown(SHUT_WR)
        due = time.monotonic() + _LINGER_SECONDS
        left = _LINGER_BYTES
        while left > 0 and (seconds := due - time.monotonic()) > 0:
            connection.settimeout(seconds)
            data = connection.recv(4096)
            if not data:
                break
            left -= len(data)
    with suppress(OSError):
        # Nothing is left to wait for when gunicorn closes it.
        connection.shutdown(SHUT_RD)
