import threading
from typing import Any

import pytest

from events import queries, services
from tasks import heartbeat
from tests.fake_dynamodb import FakeDynamoDB
from tests.processes import LIMIT_SECONDS

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


class Pause:
    """Stands in for the pause between two beats: the store comes back in it, or all ends."""

    def __init__(self, dynamodb: FakeDynamoDB) -> None:
        self._dynamodb = dynamodb
        self._beats = 0

    def is_set(self) -> bool:
        return self._beats == 2

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self._beats += 1
        self._dynamodb.is_away = False


def test_it_goes_on_after_the_store_was_away(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_stop", Pause(dynamodb))
    dynamodb.is_away = True
    heartbeat._beat()  # noqa: SLF001  # what the thread runs

    (worker,) = queries.get_platform_stats()["workers"]["seen"]
    assert (worker["active"], worker["is_alive"]) == (0, True)


def test_it_is_off_the_list_though_it_left_in_the_middle_of_a_beat(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_beating, goes_on, put = threading.Event(), threading.Event(), dynamodb.put_item

    def put_slowly(**call: Any) -> Any:
        is_beating.set()
        assert goes_on.wait(LIMIT_SECONDS)
        return put(**call)

    monkeypatch.setattr(dynamodb, "put_item", put_slowly)
    monkeypatch.setattr(heartbeat, "_stop", threading.Event())
    monkeypatch.setattr(heartbeat, "_LAST_BEAT_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(services, "start_counters", lambda: None)
    # What is left to do before it leaves the list; the beat goes on only then.
    monkeypatch.setattr(
        services, "flush_counters", lambda: threading.Timer(0.05, goes_on.set).start()
    )
    heartbeat._start()  # noqa: SLF001  # what the worker's signal calls
    assert is_beating.wait(LIMIT_SECONDS)
    heartbeat.leave()

    assert queries.get_platform_stats()["workers"]["seen"] == []
