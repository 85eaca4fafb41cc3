from pathlib import Path

import pytest

from events.counters.process import Counting
from events.counts import DAY_SECONDS
from events.errors import StoreUnavailable
from events.store import counters as stored
from tests.events.conftest import StartCounting
from tests.events.counters.stored import stored_counts, stored_types
from tests.factories import TENANT
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

# A minute that ends would begin another item.
pytestmark = pytest.mark.usefixtures("frozen_clock")

TYPES_PER_TENANT = 200


def count(counting: Counting, *, event_type: str = "order.created", tenant: str = TENANT) -> None:
    counting.book.count({"accepted": 1}, tenant=tenant, event_type=event_type)


def accepted(span_seconds: int = DAY_SECONDS) -> int:
    return stored_counts(span_seconds).accepted


@pytest.mark.both_stores
def test_it_stores_each_minute_apart(counting: Counting, frozen_clock: FrozenClock) -> None:
    for seconds in (0, 1, 60):
        frozen_clock.advance(seconds=seconds)
        count(counting)
    counting.flush()

    found = stored.read(TENANT, span_seconds=60, since=0, until=2**33)
    assert [each.types["order.created"].accepted for each in found.periods] == [2, 1]
    assert accepted() == 3


def test_it_writes_nothing_while_nothing_happens(
    counting: Counting, dynamodb: FakeDynamoDB
) -> None:
    count(counting)
    counting.flush()
    dynamodb.calls.clear()
    counting.flush()

    assert dynamodb.calls.total() == 0


def test_it_takes_two_writes_however_much_was_counted(
    counting: Counting, dynamodb: FakeDynamoDB
) -> None:
    count(counting)
    counting.flush()
    dynamodb.calls.clear()
    for i in range(1_000):
        count(counting, event_type=f"order.{i % 10}")
    counting.flush()

    assert dynamodb.calls == {"put_item": 2}


@pytest.mark.both_stores
def test_it_lets_nothing_older_replace_what_is_stored(counting: Counting) -> None:
    count(counting)
    ((_, old), _) = counting.book.take_news()
    count(counting)
    counting.flush()
    stored.put(old)

    assert accepted() == accepted(60) == 2


def test_it_counts_once_what_was_stored_without_an_answer(
    counting: Counting, dynamodb: FakeDynamoDB
) -> None:
    count(counting)
    dynamodb.fail_next(*[Fault.LOSE_ANSWER, None] * 3)
    counting.flush()

    assert accepted() == accepted(60) == 1


def test_it_loses_nothing_while_the_store_is_away(
    counting: Counting, dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    dynamodb.is_away = True
    for _ in range(3):
        count(counting)
        frozen_clock.advance(minutes=1)
        with pytest.raises(StoreUnavailable):
            counting.flush()
    dynamodb.is_away = False
    counting.flush()

    assert accepted() == accepted(60) == 3


def test_it_counts_days_only_once_minutes_have_filled_the_file(
    counting: Counting, dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    dynamodb.is_away = True
    for _ in range(200):
        for i in range(10):
            count(counting, event_type=f"order.{i}")
        frozen_clock.advance(seconds=60)
    dynamodb.is_away = False
    counting.flush()

    assert accepted() == 2_000
    assert 1_000 < accepted(60) < 2_000


def test_it_counts_types_beyond_the_limit_together(counting: Counting) -> None:
    for i in range(TYPES_PER_TENANT + 5):
        count(counting, event_type=f"order.{i}")
    counting.flush()

    types = stored_types(DAY_SECONDS)
    assert len(types) == TYPES_PER_TENANT + 1
    assert types["*"].accepted == 5


def test_it_counts_on_when_the_clock_was_put_back(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    count(counting)
    frozen_clock.advance(minutes=2)
    count(counting)
    counting.flush()
    frozen_clock.advance(minutes=-2)
    count(counting)
    counting.flush()

    assert accepted() == accepted(60) == 3


def test_it_counts_in_memory_where_the_folder_cannot_be_used(
    folder: Path, start_counting: StartCounting
) -> None:
    folder.write_text("in the way")
    counting = start_counting()
    count(counting)
    counting.flush()

    assert accepted() == 1


def test_it_lists_the_tenants_that_were_counted(counting: Counting) -> None:
    for tenant in ("globex", TENANT, TENANT):
        count(counting, tenant=tenant)
    counting.flush()

    assert stored.read_tenants() == (TENANT, "globex")
