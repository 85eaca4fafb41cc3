"""A real gunicorn on loopback over the domain in memory, and a raw connection to it."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.processes import LIMIT_SECONDS, ROOT, Process, eventually, free_port


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running gunicorn."""

    port: int
    process: Process

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers)
            return read_answer(connection.getresponse())
        finally:
            connection.close()


class Raw:
    """A connection that sends just the bytes it is told to."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), LIMIT_SECONDS)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> Answer:
        response = HTTPResponse(self.socket)
        response.begin()
        return read_answer(response)

    def is_closed(self) -> bool:
        """Wait for the server to end the connection."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def read_answer(response: HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def start(folder: Path, **settings: str) -> Server:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "ENVIRONMENT": "local",
        "PORT": str(port),
        "METRICS_FOLDER": str(folder / "metrics"),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"]
    application = "tests.events.api.stubbed:application"
    process = Process(
        "gunicorn", [*command, application], environment=environment | settings, folder=folder
    )
    return Server(port, process)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    server = start(folder, **settings)
    try:
        eventually(lambda: _serves(server), "gunicorn serves")
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def _serves(server: Server) -> bool:
    assert server.process.is_running, server.process.log
    try:
        return server.request("GET", "/health/live").status == HTTPStatus.OK
    except OSError:
        return False
