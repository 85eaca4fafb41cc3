import os
import re
import socket
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import StartStack
from tests.integration.hostile import requests
from tests.stack import Stack

REQUESTS = 10_000
# `make fuzz` sends others each time.
SEED = int(os.environ.get("FUZZ_SEED", "1"))
CONNECTIONS = 4
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
# What HTTP has and the platform has not; and a store that a busy machine keeps from answering.
NO_FAULTS = {501, 503}


def send_all(port: int, hostile: Iterable[bytes]) -> Counter[int]:
    """Send each request, and one that is well over the same connection if it stays open."""
    statuses: Counter[int] = Counter()
    for data in hostile:
        for status in STATUS.findall(exchange(port, data)):
            statuses[int(status)] += 1
    return statuses


def exchange(port: int, data: bytes) -> bytes:
    answer = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(
                data + b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except (ConnectionError, BrokenPipeError):
            # Closed on, before all was sent.
            pass
    return bytes(answer)


@pytest.mark.timeout(600)
def test_it_survives_ten_thousand_hostile_requests(start_stack: StartStack) -> None:
    stack: Stack = start_stack(workers=0, BODY_DEADLINE_SECONDS="2", LOG_LEVEL="INFO")
    stack.manage("migrate")
    port = int(stack.url.rpartition(":")[2])
    before = stack.count_stored()

    hostile = [list(requests(SEED + i, REQUESTS // CONNECTIONS)) for i in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as clients:
        counted = list(clients.map(lambda each: send_all(port, each), hostile))
    statuses = sum(counted, Counter())

    assert {each for each in statuses if each >= 500} <= NO_FAULTS, statuses
    assert statuses.total() >= REQUESTS
    assert 202 not in statuses
    assert stack.count_stored() == before
    assert "Traceback" not in stack.logs
    assert "request_crashed" not in stack.logs
    assert stack.request("/health").status == 200
