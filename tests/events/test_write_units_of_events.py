import pytest

from events import services
from events.queries import get_shard_count
from events.store.codec import INLINE_PAYLOAD_BYTES
from tests.factories import accept_event, bury, claim_event, make_dead_event, replay_event, retry
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


@pytest.fixture
def meter(dynamodb: FakeDynamoDB) -> FakeDynamoDB:
    """Warm the store up, and count from there."""
    get_shard_count()
    dynamodb.calls.clear()
    return dynamodb


def make_payload(size_bytes: int) -> str:
    return f'"{"x" * (size_bytes - 2)}"'


def run_to_success(**fields: str) -> None:
    services.finish_event(claim_event(accept_event(**fields)), result_json=None)


def test_it_takes_seven_units_and_no_read_from_accept_to_success(meter: FakeDynamoDB) -> None:
    run_to_success()

    assert meter.events.units == 7
    assert meter.calls == {"batch_execute_statement": 3}


def test_it_takes_seven_units_with_everything_that_fits_a_kilobyte(meter: FakeDynamoDB) -> None:
    run_to_success(source="shop", subject="order 7", payload_json=make_payload(400))

    assert meter.events.units == 7


def test_it_takes_three_more_units_for_a_kilobyte(meter: FakeDynamoDB) -> None:
    run_to_success(payload_json=make_payload(1_024))

    assert meter.events.units == 10


def test_it_pays_once_for_a_payload_just_above_the_inline_limit(meter: FakeDynamoDB) -> None:
    run_to_success(payload_json=make_payload(INLINE_PAYLOAD_BYTES + 1))

    # Five for the payload's own item.
    assert meter.events.units == 5 + 7
    assert meter.calls["get_item"] == 1


def test_it_takes_one_read_to_find_a_repetition(meter: FakeDynamoDB) -> None:
    accept_event(idempotency_key="key-1")
    meter.calls.clear()
    accept_event(idempotency_key="key-1")

    assert meter.calls == {"batch_execute_statement": 1, "get_item": 1}


def test_it_takes_one_unit_to_refuse_a_message(meter: FakeDynamoDB) -> None:
    event_id = make_dead_event()
    meter.events.units = 0
    with pytest.raises(AssertionError):
        claim_event(event_id)

    assert meter.events.units == 1


def test_it_takes_four_units_for_an_attempt_that_is_retried(
    meter: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    meter.events.units = 0
    frozen_clock.advance(seconds=1)
    retry(claim_event(event_id))

    # The claim; then the item, and its entry in the open index deleted and put again.
    assert meter.events.units == 1 + 3


def test_it_takes_three_units_to_die_and_to_be_replayed(meter: FakeDynamoDB) -> None:
    claimed = claim_event(accept_event())
    meter.events.units = 0
    bury(claimed)
    assert meter.events.units == 3

    replay_event(claimed.event_id)
    assert meter.events.units == 6
