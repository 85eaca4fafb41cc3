"""A light load client in a process of its own: ``python -m tests.bench.client PORT PATH ...``.

It posts what it reads from its input again and again over kept connections, and prints what it saw
as JSON. It costs some 20 us a request, so that the machine is left to what is measured.
"""

import json
import os
import selectors
import socket
import statistics
import sys
import time


class Connection:
    """One kept connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._received = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> float | None:
        """Return the seconds it took once the whole answer is there; raises unless accepted."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionError("the server closed a kept connection")
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return None
        # Within a batch, what was not accepted has a code.
        if head.split(b" ", 2)[1] != b"202" or b'"code"' in body:
            raise RuntimeError(f"a request was answered with {head!r} {body[:500]!r}")
        return time.perf_counter() - self._sent_at


def post(port: int, request: bytes, *, count: int, connections: int) -> dict[str, float]:
    """Send ``count`` requests and return what they took; raises unless each was accepted."""
    started, cpu_started = time.perf_counter(), time.process_time()
    seconds = _send_all(port, request, count=count, connections=min(connections, count))
    percentiles = statistics.quantiles(seconds, n=100)
    return {
        "per_second": count / (time.perf_counter() - started),
        "p50_ms": percentiles[49] * 1_000,
        "p99_ms": percentiles[98] * 1_000,
        "cpu_seconds": time.process_time() - cpu_started,
    }


def _send_all(port: int, request: bytes, *, count: int, connections: int) -> list[float]:
    """Keep each connection busy until all is answered, and return how long each answer took."""
    seconds: list[float] = []
    left = count - connections
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        while len(seconds) < count:
            for key, _ in selector.select():
                taken = key.data.receive()
                if taken is None:
                    continue
                seconds.append(taken)
                if left:
                    left -= 1
                    key.data.send(request)
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return seconds


def make_request(port: int, path: str, *, token: str, body: bytes) -> bytes:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\n"
        f"{authorization}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without Content-Length")


def main() -> None:
    port, path, count, connections = sys.argv[1:5]
    body = sys.stdin.buffer.read()
    request = make_request(int(port), path, token=os.environ["BENCH_TOKEN"], body=body)
    figures = post(int(port), request, count=int(count), connections=int(connections))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
