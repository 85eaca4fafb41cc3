import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.api.server import Raw, Server, read_answer, running, start

pytestmark = pytest.mark.integration

BODY = b'{"event_type": "order.created", "payload": {}}'
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gunicorn")
    with running(folder, BODY_DEADLINE_SECONDS="1", API_WORKERS="2", API_THREADS="4") as server:
        yield server


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    connection = Raw(server)
    yield connection
    connection.socket.close()


def post(*headers: str) -> bytes:
    lines = ["POST /events HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def test_it_accepts_an_event(server: Server) -> None:
    answer = server.request("POST", "/events", BODY, **JSON)

    assert answer.status == 202
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_it_answers_head_without_a_body_or_a_warning(server: Server) -> None:
    answer = server.request("HEAD", "/health")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(server.request("GET", "/health").body)
    assert "body bytes" not in server.process.log


def test_it_refuses_a_large_body_without_reading_it(raw: Raw) -> None:
    raw.send(post("Content-Length: 1000000000"))

    answer = raw.answer()

    assert (answer.status, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"
    assert raw.is_closed()


def test_it_takes_chunks(raw: Raw) -> None:
    raw.send(post("Transfer-Encoding: chunked"))
    for byte in BODY:
        raw.send(b"1\r\n%c\r\n" % byte)
    raw.send(b"0\r\n\r\n")

    assert raw.answer().status == 202


def test_it_bounds_chunks(raw: Raw) -> None:
    raw.send(post("Transfer-Encoding: chunked"))
    raw.send(b"40001\r\n" + b" " * 0x40001 + b"\r\n")

    answer = raw.answer()

    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert raw.is_closed()


def test_it_refuses_broken_chunks(raw: Raw) -> None:
    raw.send(post("Transfer-Encoding: chunked") + b"zz\r\n")

    answer = raw.answer()

    assert (answer.status, answer.json()["code"]) == (400, "incomplete_body")
    assert raw.is_closed()


@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_it_ends_a_body_that_stalls(raw: Raw, framing: str) -> None:
    raw.send(post(framing) + b"5\r\n{")

    answer = raw.answer()

    assert (answer.status, answer.json()["code"]) == (408, "body_timeout")
    assert answer.headers["connection"] == "close"
    assert raw.is_closed()


def test_it_ends_a_body_that_trickles(raw: Raw) -> None:
    raw.send(post("Content-Length: 100000"))
    raw.socket.settimeout(0.1)
    sent = 0
    # Never silent for longer than a tenth of a second: only a limit on the whole time ends this.
    while sent < 100_000:
        raw.send(b" ")
        sent += 1
        try:
            answer = raw.answer()
        except TimeoutError:
            continue
        break

    assert answer.status == 408


def test_it_ends_headers_that_stall(raw: Raw) -> None:
    raw.send(b"GET /health HTTP/1.1\r\nHo")

    assert raw.is_closed()


def test_it_keeps_a_connection_through_errors(server: Server) -> None:
    connection = server.connect()
    statuses = []
    for body, content_type in [
        (b"{oops", "application/json"),
        (b"x" * 20_000, "text/plain"),
        (b"{}", "application/json"),
        (b'{"event_type": "store.away", "payload": {}}', "application/json"),
        (BODY, "application/json"),
    ]:
        connection.request("POST", "/events", body, {"Content-Type": content_type})
        response = connection.getresponse()
        statuses.append(response.status)
        response.read()
        assert response.getheader("Connection") == "keep-alive"
    connection.close()

    assert statuses == [400, 415, 422, 503, 202]


def test_it_answers_requests_sent_ahead(raw: Raw) -> None:
    request = post(f"Content-Length: {len(BODY)}") + BODY
    last = post("Content-Length: 0", "Connection: close")
    raw.send(request + request.replace(b"payload", b"PAYLOAD") + last)

    with raw.socket.makefile("rb") as stream:
        statuses = re.findall(rb"HTTP/1\.1 (\d+)", stream.read())

    assert statuses == [b"202", b"422", b"400"]


def test_it_keeps_a_connection_that_is_idle_between_requests(server: Server) -> None:
    connection = server.connect()
    sockets = set()
    for _ in range(3):
        connection.request("POST", "/events", BODY, JSON)
        assert read_answer(connection.getresponse()).status == 202
        sockets.add(connection.sock)
        # Longer than a thread stays with it.
        time.sleep(0.1)
    connection.close()

    assert len(sockets) == 1
    assert None not in sockets


def test_it_stops_with_clients_that_are_idle(tmp_path: Path) -> None:
    with running(tmp_path, API_WORKERS="1") as server:
        clients = [Raw(server) for _ in range(3)]
        for each in clients:
            each.send(post(f"Content-Length: {len(BODY)}") + BODY)
            assert each.answer().status == 202
        server.process.terminate()

        assert server.process.wait() == 0
        assert all(each.is_closed() for each in clients)
        for each in clients:
            each.socket.close()


def test_it_is_live_whatever_the_host(raw: Raw) -> None:
    raw.send(b"GET /health/live HTTP/1.1\r\nHost: 10.1.2.3:8000\r\n\r\n")

    assert raw.answer().status == 200


def test_it_adds_up_the_metrics_of_its_workers(server: Server) -> None:
    def total() -> float:
        text = server.request("GET", "/metrics").body.decode()
        line = next(line for line in text.splitlines() if 'code="not_found"' in line)
        return float(line.split()[-1])

    server.request("GET", "/nothing")
    before = total()
    for _ in range(40):
        server.request("GET", "/nothing")

    assert total() == before + 40


def test_it_ends_with_a_sentence_when_a_setting_is_wrong(tmp_path: Path) -> None:
    server = start(tmp_path, API_WORKERS="many")

    assert server.process.wait() == 1
    assert server.process.log == "API_WORKERS must be a whole number from 1 to 64, not 'many'.\n"
