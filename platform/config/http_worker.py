"""gunicorn's threaded worker, with seven things put right."""

import errno
import select
import selectors
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from socket import SHUT_RD, SHUT_WR, socket
from typing import Any

from django.conf import settings
from gunicorn.http.message import Request
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from events.api.deadlines import watch
from events.api.unreadable import answer_unreadable

# How long a thread waits for its client's next request. A stranger may have to wait as long, if
# the last thread was taken meanwhile.
_STAY_SECONDS = 0.02
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024

StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class HTTPWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Bounds the wait for headers, closes where the application asks, lingers out of the way.

    What it cannot read it answers as the API would, not with a page; a client that takes nothing is
    given up without a traceback. A thread stays with a busy connection, and puts an idle one back
    by itself: gunicorn's way through its main thread costs as much as a sixth of a request.
    """

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi: Application = _announce_close(self.app.wsgi())

    def enqueue_req(self, conn: TConn) -> None:
        self.tpool.submit(self._serve, conn)

    def _serve(self, conn: TConn) -> None:
        """Serve a connection, and put it back without the main thread if it is kept."""
        try:
            is_kept = self.handle(conn)
            if is_kept is True and self.alive and not _has_more(conn):
                self._keep(conn)
                return
        except BaseException as error:  # noqa: BLE001  # the main thread's: to close it, or to exit
            self._finish(conn, error)
        else:
            self._finish(conn, is_kept)

    def _finish(self, conn: TConn, outcome: object) -> None:
        """Leave the connection to the main thread, as gunicorn always does."""
        served: Future[object] = Future()
        if isinstance(outcome, BaseException):
            served.set_exception(outcome)
        else:
            served.set_result(outcome)
        self.method_queue.defer(self.finish_request, conn, served)

    def _keep(self, conn: TConn) -> None:
        conn.set_timeout()
        readable = partial(self.on_client_socket_readable, conn)
        # First, for its next request may come as soon as it is looked for.
        self.keepalived_conns.append(conn)
        try:
            self.poller.register(conn.sock, selectors.EVENT_READ, readable)
        except (OSError, ValueError, KeyError):
            # Only the main thread takes out of the deque.
            self.method_queue.defer(self._give_up, conn)
        if not self.alive:
            # A stopping worker keeps connections briefly only, and may have seen to that before.
            ends_at = time.monotonic() + STOP_KEEPALIVE_LINGER
            self.method_queue.defer(self._cap_keepalive, ends_at)

    def _give_up(self, conn: TConn) -> None:
        # Its time may be over, and all this be done.
        with suppress(ValueError):
            self.keepalived_conns.remove(conn)
            self.nr_conns -= 1
            conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        # gunicorn's own walks the deque itself, to which threads append meanwhile.
        for conn in list(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

    def handle(self, conn: TConn) -> object:
        is_kept = self._handle_next(conn)
        # Besides True and False there is gunicorn's word for a connection that sent nothing yet.
        while is_kept is True and self._has_spare_threads() and _asks_again(conn):
            is_kept = self._handle_next(conn)
        return is_kept

    def _has_spare_threads(self) -> bool:
        """Say whether nobody waits for a thread, and the worker is not about to stop."""
        at_work = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        return bool(self.alive and at_work < self.cfg.threads)

    def _handle_next(self, conn: TConn) -> object:
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
        try:
            is_kept: bool = super().handle_request(req, conn)
        except TimeoutError:
            # Nobody takes the answer: as good as gone, and no error of ours.
            raise ConnectionResetError(errno.ECONNRESET, "the client has stalled") from None
        return is_kept

    def handle_error(self, *arguments: Any) -> None:
        _, client, _, error = arguments
        # Whoever sends such a request may be gone already.
        with suppress(OSError):
            client.sendall(answer_unreadable(error))


def _asks_again(conn: TConn) -> bool:
    """Wait a moment for the next request; what was sent ahead is there already."""
    if _has_more(conn):
        return True
    poll = select.poll()
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(_STAY_SECONDS * 1_000))


def _has_more(conn: TConn) -> bool:
    return bool(conn.parser.unreader.buf.getvalue())


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
