"""Connections that are kept, given up and replaced; a socket pair stands in for the network."""

import math
import socket
import tracemalloc
from collections.abc import Iterator
from functools import partialmethod

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from urllib3 import exceptions as urllib3_errors
from urllib3.connection import HTTPConnection

from events.direct_client import connections
from events.direct_client.connections import Connections

URL = "http://127.0.0.1:1"
ANSWER = b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\n{}"


REASONS: dict[Exception, type[Exception]] = {
    urllib3_errors.ConnectTimeoutError(): ConnectTimeoutError,
    urllib3_errors.SSLError(): SSLError,
    urllib3_errors.NewConnectionError(HTTPConnection("x"), "refused"): EndpointConnectionError,
    OSError(): EndpointConnectionError,
}


class Network:
    """What the other side of each connection has; the newest last."""

    def __init__(self) -> None:
        self.peers: list[socket.socket] = []
        # What the other side has sent by the time a connection is open.
        self.answers = [ANSWER]
        self.refusal: Exception | None = None
        self.ends_early = False

    def connect(self, connection: HTTPConnection) -> None:
        if self.refusal is not None:
            raise self.refusal
        connection.sock, peer = socket.socketpair()
        self.peers.append(peer)
        peer.sendall(self.answers.pop(0))
        if self.ends_early:
            peer.shutdown(socket.SHUT_WR)


def _connect(connection: HTTPConnection, network: Network) -> None:
    network.connect(connection)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network()
    monkeypatch.setattr(HTTPConnection, "connect", partialmethod(_connect, network))
    yield network
    for peer in network.peers:
        peer.close()


@pytest.fixture
def kept(network: Network) -> Iterator[Connections]:  # noqa: ARG001  # nothing else may be reached
    kept = Connections(URLLib3Session(timeout=(1, 1)), URL, most_idle=2)
    yield kept
    kept.close()


def test_it_returns_the_answer(kept: Connections, network: Network) -> None:
    response = kept.exchange(b"request")

    assert (response.status, response.headers["date"], response.content) == (200, "now", b"{}")
    assert network.peers[0].recv(100) == b"request"


def test_it_keeps_the_connection(
    kept: Connections, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that is looked at would seem to have ended: here the next answer is there already.
    monkeypatch.setattr(connections, "_FRESH_SECONDS", 60.0)
    kept.exchange(b"first")
    network.peers[0].sendall(ANSWER)
    kept.exchange(b"second")

    assert network.peers[0].recv(100) == b"firstsecond"


def test_it_takes_an_answer_in_pieces(kept: Connections, network: Network) -> None:
    chunks = b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    network.answers = [b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks]
    response = kept.exchange(b"")

    assert (response.status, response.content) == (400, b"{}")


def test_it_opens_another_when_the_service_says_that_it_closes(
    kept: Connections, network: Network
) -> None:
    network.answers = [ANSWER.replace(b"Date: now", b"Connection: close"), ANSWER]
    kept.exchange(b"")
    kept.exchange(b"")

    assert len(network.peers) == 2


def test_it_opens_another_when_the_service_has_closed(
    kept: Connections, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_FRESH_SECONDS", 0.0)
    network.answers = [ANSWER, ANSWER]
    kept.exchange(b"")
    network.peers[0].close()
    kept.exchange(b"")

    assert len(network.peers) == 2


def test_it_keeps_an_idle_connection_that_is_still_open(
    kept: Connections, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_FRESH_SECONDS", 0.0)
    kept.exchange(b"")

    taken = kept._take()  # noqa: SLF001  # before anything is sent over it
    kept._idle.append(taken)  # noqa: SLF001  # as above
    assert len(network.peers) == 1


def test_it_takes_no_more_memory_than_an_answer_needs(
    kept: Connections, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An answer that is there before its request looks like the end of the connection.
    monkeypatch.setattr(connections, "_FRESH_SECONDS", 60.0)
    kept.exchange(b"")
    network.peers[0].sendall(ANSWER)
    tracemalloc.start()
    try:
        kept.exchange(b"")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 16_384


def test_it_keeps_no_more_connections_than_it_may(
    kept: Connections, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An answer that is there before its request looks like the end of the connection.
    monkeypatch.setattr(connections, "_FRESH_SECONDS", math.inf)
    network.answers = [ANSWER] * 3
    # As when three threads ask at once: each finds no idle one.
    used = [kept._open() for _ in range(3)]  # noqa: SLF001  # nothing public takes one and waits
    for each in used:
        kept._idle.append(each)  # noqa: SLF001  # as above
        kept.exchange(b"")

    assert len(kept._idle) == 2  # noqa: SLF001  # as above
    assert network.peers[2].recv(100) == b""


def test_it_closes_what_is_idle(kept: Connections, network: Network) -> None:
    kept.exchange(b"request")
    kept.close()

    assert network.peers[0].recv(100) == b"request"
    assert network.peers[0].recv(100) == b""


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"oops"])
def test_it_gives_up_a_connection_that_ends_early(
    kept: Connections, network: Network, answer: bytes
) -> None:
    network.answers = [answer, ANSWER]
    network.ends_early = True
    with pytest.raises(ConnectionClosedError):
        kept.exchange(b"")

    assert kept.exchange(b"").status == 200


def test_it_waits_no_longer_than_the_session_says(network: Network) -> None:
    network.answers = [b""]

    with pytest.raises(ReadTimeoutError):
        Connections(URLLib3Session(timeout=(1, 0.01)), URL, most_idle=2).exchange(b"")


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: type(reason).__name__)
def test_it_says_why_it_cannot_connect(
    kept: Connections, network: Network, reason: Exception
) -> None:
    network.refusal = reason

    with pytest.raises(REASONS[reason]):
        kept.exchange(b"")


def test_it_goes_through_the_proxy_that_botocore_would_take() -> None:
    proxies = {"http": "http://127.0.0.1:3128"}
    kept = Connections(URLLib3Session(proxies=proxies), f"{URL}/path", most_idle=2)

    assert kept.target == f"{URL}/path"
    assert kept._pool.port == 3_128  # noqa: SLF001  # where the request will go
