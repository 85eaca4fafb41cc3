import pytest
from pytest_django import Settings

from events.queries import get_shard_count
from events.store import shards
from events.store.codec import shard_of
from tests.factories import race
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.both_stores
def test_it_records_the_shards_of_a_new_installation(settings: Settings) -> None:
    assert get_shard_count() == settings.SHARDS


@pytest.mark.both_stores
def test_it_raises_the_count() -> None:
    shards.raise_shard_count(4)

    assert shards.raise_shard_count(8) == 8


@pytest.mark.both_stores
@pytest.mark.parametrize(("wanted", "now"), [(8, 8), (2, 4)])
def test_a_process_that_starts_raises_the_count(
    *, monkeypatch: pytest.MonkeyPatch, settings: Settings, wanted: int, now: int
) -> None:
    shards.raise_shard_count(4)
    monkeypatch.setattr(shards, "_count", 0)
    settings.SHARDS = wanted

    assert get_shard_count() == now
    assert shards.read_recorded_count() == now


@pytest.mark.both_stores
def test_it_never_lowers_the_count() -> None:
    shards.raise_shard_count(8)

    assert shards.raise_shard_count(4) == 8
    assert get_shard_count() == 8


@pytest.mark.both_stores
def test_it_ends_at_the_highest_of_racing_counts() -> None:
    shards.raise_shard_count(1)
    race(lambda i: shards.raise_shard_count(i + 1))

    assert get_shard_count() == 8


def test_it_asks_the_store_once_for_many_events(dynamodb: FakeDynamoDB) -> None:
    get_shard_count()
    dynamodb.calls.clear()
    for _ in range(100):
        get_shard_count()

    assert dynamodb.calls.total() == 0


def test_it_spreads_ids_evenly() -> None:
    counts = [0] * 4
    for i in range(4_000):
        counts[shard_of(f"event-{i}", 4)] += 1

    assert min(counts) > 900
