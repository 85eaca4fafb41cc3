from typing import Any

import pytest

from tasks import horizon as module
from tasks.horizon import QueueHorizon


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr(module, "time", fake)
    return fake


def message(sent_milliseconds: int, *, receive_count: int = 1) -> dict[str, Any]:
    return {
        "Attributes": {
            "SentTimestamp": str(sent_milliseconds),
            "ApproximateReceiveCount": str(receive_count),
        }
    }


def test_it_knows_nothing_before_the_first_poll() -> None:
    assert QueueHorizon().microseconds == 0


def test_it_is_where_the_oldest_message_was_sent() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(7_000), message(5_000), message(6_000)])

    assert horizon.microseconds == 5_000_000


def test_it_keeps_to_the_oldest_of_a_while() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    horizon.observe([message(9_000)])

    assert horizon.microseconds == 5_000_000


def test_it_moves_on_with_the_queue(time: Time) -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    time.now += 3_600
    horizon.observe([message(9_000)])

    assert horizon.microseconds == 9_000_000


def test_it_stays_where_it_was_while_no_poll_succeeds(time: Time) -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    time.now += 3_600

    assert horizon.microseconds == 5_000_000


def test_it_is_nowhere_once_the_queue_is_drained() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    horizon.observe([])

    assert horizon.microseconds is None


def test_it_starts_anew_after_the_queue_was_drained() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    horizon.observe([])
    horizon.observe([message(9_000)])

    assert horizon.microseconds == 9_000_000


def test_it_ignores_a_message_that_waited_for_its_retry() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(9_000), message(1_000, receive_count=3)])

    assert horizon.microseconds == 9_000_000


def test_it_still_knows_nothing_after_retries_alone() -> None:
    horizon = QueueHorizon()
    horizon.observe([message(1_000, receive_count=2)])

    assert horizon.microseconds == 0


def test_it_takes_a_queue_of_nothing_but_retries_for_drained(time: Time) -> None:
    horizon = QueueHorizon()
    horizon.observe([message(5_000)])
    time.now += 3_600
    horizon.observe([message(1_000, receive_count=2)])

    assert horizon.microseconds is None
