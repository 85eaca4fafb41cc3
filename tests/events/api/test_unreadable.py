from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.api.server import Raw, Server, running

pytestmark = pytest.mark.integration

HOST = b"Host: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("gunicorn"), API_WORKERS="1") as server:
        yield server


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    connection = Raw(server)
    yield connection
    connection.socket.close()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400, "malformed_request"),
        (
            b"POST /events HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            "malformed_request",
        ),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", 414, "request_line_too_long"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 9_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\nExpect: wonders\r\n\r\n", 417, "expectation_failed"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: wonders\r\n\r\n",
            501,
            "unsupported_transfer_coding",
        ),
    ],
)
def test_it_answers_what_is_no_request_with_a_problem(
    *, raw: Raw, data: bytes, status: int, code: str
) -> None:
    raw.send(data)

    answer = raw.answer()

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert raw.is_closed()


def test_it_says_nothing_of_it_in_the_log(server: Server, raw: Raw) -> None:
    raw.send(b"secret nonsense\r\n\r\n")
    raw.answer()

    assert "secret" not in server.process.log


@pytest.mark.parametrize(
    ("proxies", "status"), [("127.0.0.1", 200), ("127.0.0.0/8", 200), ("10.0.0.0/8", 301)]
)
def test_it_believes_only_trusted_proxies_about_https(
    *, tmp_path: Path, proxies: str, status: int
) -> None:
    with running(tmp_path, HTTPS_ONLY="true", TRUSTED_PROXIES=proxies) as server:
        answer = server.request("GET", "/schema", **{"X-Forwarded-Proto": "https"})

    assert answer.status == status


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "REMOTE_ADDR"])
def test_no_header_changes_what_a_request_is_for(tmp_path: Path, header: str) -> None:
    with running(tmp_path, TRUSTED_PROXIES="127.0.0.1") as server:
        answer = server.request("GET", "/nothing", **{header: "/health"})

    assert answer.status in (400, 404)
