from datetime import timedelta

import pytest
from django.conf import settings

from events import clock
from events.errors import StoreUnavailable
from events.event import ClaimedEvent, Status
from tests.factories import (
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    race,
    refusal_of,
    replay_event,
    retry,
    try_to_claim,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


@pytest.mark.both_stores
def test_it_takes_an_event_for_an_attempt(frozen_clock: FrozenClock) -> None:
    claimed = claim_event(accept_event())

    assert claimed.status is Status.PROCESSING
    assert claimed.attempt_number == claimed.attempt_count == 1
    assert [attempt.worker for attempt in claimed.attempts] == ["worker-1"]
    assert claimed.attempts[0].started_at == frozen_clock.now()


def test_it_hands_over_a_large_payload() -> None:
    event_id = accept_event(payload_json=f'{{"text": "{"x" * 5_000}"}}')

    assert claim_event(event_id).payload == {"text": "x" * 5_000}


def test_it_gives_each_generation_a_key_for_what_must_not_happen_twice() -> None:
    event_id = make_succeeded_event()
    replay_event(event_id)

    assert claim_event(event_id, generation=2).idempotency_key == f"{event_id}:2"


@pytest.mark.both_stores
def test_it_lets_one_of_many_in() -> None:
    event_id = accept_event()
    answers = race(lambda i: try_to_claim(event_id, message_id=f"message-{i}"))

    assert sum(isinstance(answer, ClaimedEvent) for answer in answers) == 1
    assert get_event(event_id).attempt_count == 1


@pytest.mark.both_stores
def test_it_drops_another_message_while_a_lease_lasts() -> None:
    event_id = accept_event()
    claim_event(event_id)

    assert refusal_of(event_id, message_id="message-2").wait_seconds is None


@pytest.mark.both_stores
def test_it_hides_the_same_message_while_a_lease_lasts(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    claim_event(event_id)
    frozen_clock.advance(seconds=5)

    assert refusal_of(event_id).wait_seconds == settings.LEASE_SECONDS - 5


@pytest.mark.both_stores
def test_it_lets_the_next_one_in_when_the_lease_has_ended(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    first = claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    second = claim_event(event_id, message_id="message-2")

    assert second.attempt_number == 2
    assert not first.still_owned()
    assert second.still_owned()


@pytest.mark.both_stores
def test_it_keeps_others_out_as_long_as_the_lease_is_extended(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    claimed = claim_event(event_id)
    for _ in range(5):
        frozen_clock.advance(seconds=settings.LEASE_SECONDS - 1)
        assert claimed.still_owned()

    assert refusal_of(event_id).wait_seconds == settings.LEASE_SECONDS


@pytest.mark.both_stores
def test_it_hides_a_delayed_event_until_its_time(frozen_clock: FrozenClock) -> None:
    event_id = accept_event(process_at=frozen_clock.now() + timedelta(seconds=90))

    assert refusal_of(event_id).wait_seconds == 90
    frozen_clock.advance(seconds=90)
    assert claim_event(event_id).attempt_number == 1


@pytest.mark.both_stores
def test_it_hides_a_retry_until_it_is_due(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    retry(claim_event(event_id), wait_seconds=60)
    frozen_clock.advance(seconds=20)

    assert refusal_of(event_id).wait_seconds == 40
    assert refusal_of(event_id, message_id="message-2").wait_seconds is None


def test_it_lets_any_message_take_a_retry_that_is_due(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    retry(claim_event(event_id), wait_seconds=60)
    frozen_clock.advance(seconds=60)

    assert claim_event(event_id, message_id="message-2").attempt_number == 2


@pytest.mark.both_stores
@pytest.mark.parametrize("make_event", [make_succeeded_event, make_dead_event])
def test_it_drops_a_message_of_an_older_generation(make_event: type) -> None:
    event_id = make_event()
    replay_event(event_id)

    refusal = refusal_of(event_id, generation=1)
    assert (refusal.wait_seconds, refusal.is_dead) == (None, False)


@pytest.mark.both_stores
def test_it_drops_a_message_of_a_succeeded_event() -> None:
    refusal = refusal_of(make_succeeded_event())

    assert (refusal.wait_seconds, refusal.is_dead) == (None, False)


@pytest.mark.both_stores
def test_it_tells_that_an_event_is_dead() -> None:
    assert refusal_of(make_dead_event()).is_dead


@pytest.mark.both_stores
def test_it_drops_a_message_of_an_event_that_is_gone() -> None:
    refusal = refusal_of("01a209f8-a0bd-7743-8c8d-8d47b635fab4")

    assert (refusal.reason, refusal.wait_seconds) == ("the event is gone", None)


def test_it_knows_its_own_claim_whose_answer_was_lost(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.fail_next(Fault.LOSE_ANSWER)

    assert claim_event(event_id).attempt_number == 1
    assert get_event(event_id).attempt_count == 1


def test_it_counts_a_claim_of_staff_once_though_its_answer_is_lost(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.fail_next(Fault.LOSE_ANSWER)

    # As for one that is to start in ten days.
    claimed = claim_event(event_id, claimable_by=clock.now_microseconds() + 10 * 86_400_000_000)

    assert claimed.attempt_number == 1


def test_it_fails_while_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        try_to_claim(event_id)
