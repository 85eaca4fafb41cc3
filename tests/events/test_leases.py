import pytest

from events.errors import StoreUnavailable
from events.services import acquire_lease, release_lease
from tests.factories import race
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.both_stores
def test_it_gives_a_free_lease() -> None:
    assert acquire_lease("recovery/0", "ada", 30)


@pytest.mark.both_stores
def test_it_keeps_others_away_until_the_lease_ends(frozen_clock: FrozenClock) -> None:
    acquire_lease("recovery/0", "ada", 30)

    frozen_clock.advance(seconds=29.9)
    assert not acquire_lease("recovery/0", "bob", 30)
    frozen_clock.advance(seconds=0.1)
    assert acquire_lease("recovery/0", "bob", 30)
    assert not acquire_lease("recovery/0", "ada", 30)


@pytest.mark.both_stores
def test_it_extends_ones_own_lease(frozen_clock: FrozenClock) -> None:
    acquire_lease("recovery/0", "ada", 30)
    frozen_clock.advance(seconds=20)

    assert acquire_lease("recovery/0", "ada", 30)
    frozen_clock.advance(seconds=20)
    assert not acquire_lease("recovery/0", "bob", 30)


@pytest.mark.both_stores
def test_it_gives_a_released_lease_to_the_next_one() -> None:
    acquire_lease("recovery/0", "ada", 30)
    release_lease("recovery/0", "ada")

    assert acquire_lease("recovery/0", "bob", 30)


@pytest.mark.both_stores
def test_it_lets_nobody_release_the_lease_of_another() -> None:
    release_lease("recovery/0", "nobody")
    acquire_lease("recovery/0", "ada", 30)
    release_lease("recovery/0", "bob")

    assert not acquire_lease("recovery/0", "bob", 30)


def test_it_keeps_leases_of_different_names_apart() -> None:
    acquire_lease("recovery/0", "ada", 30)

    assert acquire_lease("recovery/1", "bob", 30)


@pytest.mark.both_stores
def test_it_lets_one_of_many_win_a_new_lease() -> None:
    assert sum(race(lambda i: acquire_lease("recovery/0", f"worker-{i}", 30))) == 1


@pytest.mark.both_stores
def test_it_lets_one_of_many_win_an_ended_lease() -> None:
    acquire_lease("recovery/0", "ada", 0)

    assert sum(race(lambda i: acquire_lease("recovery/0", f"worker-{i}", 30))) == 1


def test_it_knows_its_own_lease_once_more_after_a_lost_answer(dynamodb: FakeDynamoDB) -> None:
    dynamodb.fail_next(None, None, Fault.LOSE_ANSWER)
    acquire_lease("recovery/0", "ada", 30)

    assert acquire_lease("recovery/0", "ada", 30)


def test_it_fails_while_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        acquire_lease("recovery/0", "ada", 30)
