import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from events import services
from events.services import rate_limits
from events.store import rate_buckets
from events.token_bucket import RateLimit
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

LIMIT = RateLimit(per_second=10, burst=20)
BIG = RateLimit(per_second=1_000, burst=2_000)


# Tokens come with time, and time must not pass by itself here.
pytestmark = pytest.mark.usefixtures("dynamodb", "frozen_clock")


@pytest.fixture(autouse=True)
def shares(dynamodb: FakeDynamoDB) -> Iterator[None]:  # noqa: ARG001  # it must outlive the threads
    rate_limits.shares.clear()
    yield
    rate_limits.shares.clear()
    for thread in threading.enumerate():
        if thread.name == "rate-limit":
            thread.join()


def granted(tries: int, limit: RateLimit = LIMIT, *, count: int = 1) -> int:
    """Try to take so often and return how often it worked."""
    return sum(services.take_tokens("evp_test", limit, count).is_granted for _ in range(tries))


def test_it_grants_a_burst_and_no_more() -> None:
    assert granted(50) == 20


def test_it_grants_what_came_back(frozen_clock: FrozenClock) -> None:
    granted(50)
    frozen_clock.advance(seconds=1)

    assert granted(50) == 10


def test_it_tells_how_long_to_wait() -> None:
    granted(20)

    refused = services.take_tokens("evp_test", LIMIT, 5)
    assert (refused.is_granted, refused.remaining, refused.wait_seconds) == (False, 0, 0.5)


def test_it_counts_each_event_of_a_batch() -> None:
    assert granted(50, count=5) == 4


def test_it_takes_a_batch_above_the_burst_once(frozen_clock: FrozenClock) -> None:
    assert granted(2, count=100) == 1

    frozen_clock.advance(seconds=8)
    assert granted(1) == 0
    frozen_clock.advance(seconds=0.1)
    assert granted(1) == 1


def test_it_keeps_keys_apart() -> None:
    granted(50)

    assert services.take_tokens("evp_other", LIMIT, 20).is_granted


def test_it_asks_the_store_less_often_than_it_grants(dynamodb: FakeDynamoDB) -> None:
    granted(1_000, BIG)

    assert dynamodb.calls.total() < 200


def test_it_asks_nobody_before_it_refuses_again(dynamodb: FakeDynamoDB) -> None:
    granted(25)
    calls = dynamodb.calls.total()

    assert (granted(100), dynamodb.calls.total()) == (0, calls)


def test_it_shares_one_bucket_between_processes() -> None:
    total = 0
    for _ in range(40):
        # A new process knows nothing, and has nothing in hand.
        rate_limits.shares.clear()
        total += granted(1)

    assert total == 20


def test_it_never_grants_twice_what_was_written_without_an_answer(dynamodb: FakeDynamoDB) -> None:
    dynamodb.fail_next(None, Fault.LOSE_ANSWER)

    assert granted(50) <= 20


def test_it_keeps_to_the_limit_alone_while_the_store_is_away(
    dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    dynamodb.is_away = True

    assert granted(50) == 10
    frozen_clock.advance(seconds=1)
    assert granted(50) == 10


def test_it_asks_a_store_that_is_away_only_now_and_then(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True
    granted(1)
    calls = dynamodb.calls.total()
    granted(50)

    assert dynamodb.calls.total() == calls


def test_it_grants_no_more_to_many_threads() -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: granted(20, BIG), range(200)))

    assert sum(answers) == 2_000


def test_it_tells_what_is_left() -> None:
    granted(5)

    assert services.look_at_limit("evp_test", LIMIT).remaining == 15


def test_it_waits_a_moment_behind_others_that_are_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    # Not the module that all share: other threads sleep, too.
    monkeypatch.setattr(rate_buckets, "time", SimpleNamespace(sleep=waits.append))
    granted(1)
    (share,) = rate_limits.shares.values()
    # What other processes took since then.
    share._tokens, share._filling_since = 0, 1  # noqa: SLF001  # no other process here

    assert granted(1) == 1
    assert len(waits) == 1
    assert 0 <= waits[0] < 0.1
