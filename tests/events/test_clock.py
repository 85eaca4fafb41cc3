from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from events import clock

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC).timestamp()


class LocalClock:
    """A host's own clock, wrong by ``skew_seconds``, beside a server that is right."""

    def __init__(self) -> None:
        self.true_seconds = NOON + 0.4
        self.skew_seconds = 0.0

    def time(self) -> float:
        return self.true_seconds + self.skew_seconds

    def monotonic(self) -> float:
        return self.true_seconds

    def ask_server(self, *, way_seconds: float = 0.005) -> None:
        """Observe an answer that took as long to come as the request to go, after a while."""
        self.true_seconds += 7.3
        sent_at = self.time()
        self.true_seconds += way_seconds
        date = formatdate(int(self.true_seconds), usegmt=True)
        self.true_seconds += way_seconds
        clock.observe(date, sent_at=sent_at, received_at=self.time())

    @property
    def error_seconds(self) -> float:
        """How far the platform's time is from the truth."""
        return clock.now_microseconds() / 1e6 - self.true_seconds


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> LocalClock:
    fake = LocalClock()
    monkeypatch.setattr(clock, "time", fake)
    monkeypatch.setattr(clock, "_offset_seconds", 0.0)
    monkeypatch.setattr(clock, "_observed_at", 0.0)
    clock._bounds.clear()  # noqa: SLF001  # one clock per process: each test starts afresh
    return fake


def test_it_trusts_a_good_clock_to_the_microsecond(local: LocalClock) -> None:
    for _ in range(20):
        local.ask_server()

    assert abs(local.error_seconds) < 0.000_002


@pytest.mark.parametrize("skew_seconds", [-86_400, -300, -2, 2, 300, 86_400])
def test_it_corrects_a_skewed_clock_to_a_second(local: LocalClock, skew_seconds: float) -> None:
    local.skew_seconds = skew_seconds
    local.ask_server()

    assert abs(local.error_seconds) <= 1.01


def test_it_comes_closer_with_each_answer(local: LocalClock) -> None:
    local.skew_seconds = 300
    for _ in range(10):
        local.ask_server()

    assert abs(local.error_seconds) < 0.2


@pytest.mark.parametrize("jump_seconds", [-3_600, -5, 5, 3_600])
def test_it_notices_that_the_clock_was_set(local: LocalClock, jump_seconds: float) -> None:
    for _ in range(10):
        local.ask_server()
    local.skew_seconds = jump_seconds
    local.ask_server()

    assert abs(local.error_seconds) <= 1.01


def test_it_trusts_a_clock_again_that_was_put_right(local: LocalClock) -> None:
    local.skew_seconds = 300
    local.ask_server()
    local.skew_seconds = 0
    for _ in range(10):
        local.ask_server()

    assert abs(local.error_seconds) < 0.000_002


def test_it_is_not_misled_by_a_slow_answer(local: LocalClock) -> None:
    for _ in range(5):
        local.ask_server(way_seconds=15)

    assert abs(local.error_seconds) < 0.000_002


def test_it_tells_the_time_in_utc(local: LocalClock) -> None:
    assert clock.now().tzinfo is UTC
    assert clock.now().timestamp() == pytest.approx(local.true_seconds)
