"""How long a thread stays with a connection, and what becomes of it then."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from config import http_worker
from config.http_worker import HTTPWorker


class Served:
    """A connection under a worker that only counts what is asked."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        self.conn = TConn(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        self.conn.init()
        self.requests: list[bytes] = []
        self.is_kept = True

    def send(self, request: bytes) -> None:
        self.peer.sendall(request)

    def handle(self, conn: TConn) -> bool:
        self.requests.append(conn.sock.recv(1))
        return self.is_kept


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = Served()
    monkeypatch.setattr(http_worker, "_STAY_SECONDS", 0.0)
    monkeypatch.setattr(http_worker, "_LINGER_SECONDS", 0.0)
    monkeypatch.setattr(ThreadWorker, "handle", lambda _, conn: served.handle(conn))
    yield served
    served.conn.sock.close()
    served.peer.close()


@pytest.fixture
def worker() -> Iterator[Any]:
    # Without the listeners, signals and files of a real one.
    worker: Any = HTTPWorker.__new__(HTTPWorker)
    worker.cfg = SimpleNamespace(threads=2)
    worker.alive = True
    worker.nr_conns = 1
    worker.keepalived_conns = deque()
    worker.pending_conns = []
    worker.poller = selectors.DefaultSelector()
    worker.method_queue = SimpleNamespace(defer=lambda *call: worker.deferred.append(call))
    worker.deferred = []
    yield worker
    worker.poller.close()


def test_it_stays_while_its_client_asks(worker: HTTPWorker, served: Served) -> None:
    served.send(b"abc")

    assert worker.handle(served.conn) is True
    assert served.requests == [b"a", b"b", b"c"]


def test_it_knows_what_was_sent_ahead(served: Served) -> None:
    served.conn.parser.unreader.unread(b"a request")

    assert http_worker._asks_again(served.conn)  # noqa: SLF001  # without a server, the only way


def test_it_leaves_when_others_wait_for_a_thread(worker: HTTPWorker, served: Served) -> None:
    worker.nr_conns = 2
    served.send(b"ab")
    worker.handle(served.conn)

    assert served.requests == [b"a"]


def test_it_leaves_idle_connections_out_of_account(worker: HTTPWorker, served: Served) -> None:
    worker.nr_conns = 3
    worker.keepalived_conns = deque([object(), object()])
    served.send(b"ab")
    worker.handle(served.conn)

    assert served.requests == [b"a", b"b"]


def test_it_leaves_when_the_worker_stops(worker: HTTPWorker, served: Served) -> None:
    worker.alive = False
    served.send(b"ab")

    assert worker.handle(served.conn) is True
    assert served.requests == [b"a"]


def test_it_leaves_a_connection_that_is_not_kept(worker: HTTPWorker, served: Served) -> None:
    served.is_kept = False
    served.send(b"ab")

    assert worker.handle(served.conn) is False
    assert served.requests == [b"a"]


def test_it_waits_for_the_next_request_of_an_idle_connection(worker: Any, served: Served) -> None:
    served.send(b"a")
    worker._serve(served.conn)  # noqa: SLF001  # what its threads do
    assert worker.poller.select(0) == []
    served.send(b"b")
    ((key, _),) = worker.poller.select(5)

    assert key.data.args == (served.conn,)
    assert list(worker.keepalived_conns) == [served.conn]
    assert served.conn.timeout > time.monotonic()
    assert not worker.deferred


@pytest.mark.parametrize(
    ("breaks", "answer"), [("is_kept", False), ("alive", True), ("sent_ahead", True)]
)
def test_it_leaves_all_else_to_the_main_thread(
    worker: Any, served: Served, breaks: str, *, answer: bool
) -> None:
    served.is_kept = answer
    worker.alive = breaks != "alive"
    if breaks == "sent_ahead":
        # No thread stays with it, for others wait.
        worker.nr_conns = 2
        served.conn.parser.unreader.unread(b"a request")
    served.send(b"a")
    worker._serve(served.conn)  # noqa: SLF001  # as above

    ((finish, conn, outcome),) = worker.deferred
    assert (finish, conn, outcome.result()) == (worker.finish_request, served.conn, answer)
    assert not worker.keepalived_conns


def test_it_gives_up_a_connection_that_cannot_be_waited_for(
    worker: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(worker.poller, "register", refuse)
    served.send(b"a")
    worker._serve(served.conn)  # noqa: SLF001  # as above
    ((give_up, conn),) = worker.deferred
    # Once too often, as where its time was over before.
    for _ in range(2):
        give_up(conn)

    assert (list(worker.keepalived_conns), worker.nr_conns) == ([], 0)
    assert served.peer.recv(1) == b""


def test_it_hands_over_what_went_wrong(
    worker: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SystemExit(1)

    monkeypatch.setattr(ThreadWorker, "handle", fail)
    worker._serve(served.conn)  # noqa: SLF001  # as above

    ((_, _, outcome),) = worker.deferred
    assert isinstance(outcome.exception(), SystemExit)


def test_it_keeps_a_connection_briefly_where_the_worker_stops_meanwhile(
    worker: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        # Its next request may come from here on.
        assert list(worker.keepalived_conns) == [served.conn]
        worker.alive = False

    monkeypatch.setattr(worker.poller, "register", stop)
    served.send(b"a")
    worker._serve(served.conn)  # noqa: SLF001  # as above
    ((cap, ends_at),) = worker.deferred
    cap(ends_at)

    assert served.conn.timeout <= time.monotonic() + STOP_KEEPALIVE_LINGER
