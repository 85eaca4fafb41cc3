import json
from typing import Any

import pytest
import urllib3

from locustfiles.load.api import API, HostError, SlowHostError

HEALTH = (200, {"status": "healthy"})


class FakePool:
    """Answers in turn; a status of 0 is a connection that fails."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[str] = []

    def request(self, method: str, address: str, *, headers: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        self.asked.append(address)
        status, body = self.answers.pop(0)
        if not status:
            raise urllib3.exceptions.HTTPError("refused")
        headers = {"Retry-After": "7"} if status == 503 else {}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return urllib3.HTTPResponse(body=content, status=status, headers=headers)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> FakePool:
    fake = FakePool()
    monkeypatch.setattr(urllib3, "PoolManager", lambda **_: fake)
    return fake


@pytest.fixture
def api(pool: FakePool, waits: list[float]) -> API:  # noqa: ARG001  # it is where the API asks
    return API("http://127.0.0.1:1/", "evp_key", sleep=waits.append)


def test_it_comes_back_when_it_is_told_to(api: API, pool: FakePool, waits: list[float]) -> None:
    pool.answers = [(503, {}), (0, {}), (200, {"event_id": "a"})]

    assert api.find("a") == {"event_id": "a"}
    assert pool.asked == ["http://127.0.0.1:1/events/a"] * 3
    assert waits == [7, 0.4]


def test_it_finds_none_where_there_is_none(api: API, pool: FakePool) -> None:
    pool.answers = [(404, {"code": "event_not_found"})]

    assert api.find("a") is None


def test_it_gives_a_slow_list_up(api: API, pool: FakePool) -> None:
    pool.answers = [(503, {}), (503, {})]

    with pytest.raises(SlowHostError, match="goes on answering 503"):
        api.list({"limit": "200"})


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([(0, {})] * 8, "cannot be reached"),
        ([(200, b"<html>")], "is that the platform"),
        ([(404, {})], "is that the platform"),
        ([HEALTH, (401, {})], "refused the key"),
        ([HEALTH, (403, {})], "refused the key"),
        ([HEALTH, (500, {})], "answered 500"),
        ([HEALTH, (200, {}), (403, {})], "refused the key"),
    ],
)
def test_it_says_why_a_host_is_of_no_use(
    api: API, pool: FakePool, *, answers: list[tuple[int, Any]], told: str
) -> None:
    pool.answers = answers

    with pytest.raises(HostError, match=told):
        api.check()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_it_wants_an_address(url: str) -> None:
    with pytest.raises(HostError, match="an address like"):
        API(url)
