import time
from collections.abc import Callable
from typing import Any

import pytest

from events import timings
from events.store import connection, rows
from tests.factories import accept_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher


@pytest.fixture(autouse=True)
def slow_store(
    dynamodb: FakeDynamoDB,
    dispatcher: FakeDispatcher,  # noqa: ARG001  # accepting sends
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class SlowDynamoDB:
        def __getattr__(self, operation: str) -> Any:
            time.sleep(0.02)
            return getattr(dynamodb, operation)

    # Learns the shard count, which is asked for once.
    accept_event()
    monkeypatch.setattr(connection, "_client", SlowDynamoDB())


@pytest.mark.parametrize(
    "act",
    [
        accept_event,
        lambda: connection.execute_all([], deadline_seconds=1),
        lambda: rows.read_rows([str(number) for number in range(1_000)]),
    ],
    ids=["write", "no write", "parallel reads"],
)
def test_the_store_takes_no_more_time_than_the_request(act: Callable[[], object]) -> None:
    spent = timings.begin()
    started = time.perf_counter()
    act()
    elapsed = time.perf_counter() - started

    assert 0 < spent["store"] <= elapsed


def test_it_goes_on_counting_after_an_error() -> None:
    @timings.spent_in("store")
    def fail() -> None:
        raise ValueError("no")

    spent = timings.begin()
    with pytest.raises(ValueError, match="no"):
        fail()
    once = spent["store"]
    with pytest.raises(ValueError, match="no"):
        fail()

    assert spent["store"] > once
