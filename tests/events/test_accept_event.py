from datetime import timedelta

import pytest

from events import services
from events.errors import StoreThrottled, StoreUnavailable
from events.event import Status
from events.store.codec import INLINE_PAYLOAD_BYTES
from tests.factories import TENANT, accept_event, event_fields, get_event
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

LARGE_PAYLOAD = f'{{"text": "{"x" * INLINE_PAYLOAD_BYTES}"}}'


@pytest.mark.both_stores
def test_it_stores_what_it_was_given() -> None:
    event = get_event(accept_event(source="shop", subject="order 7"))

    assert (event.event_type, event.source, event.subject) == ("order.created", "shop", "order 7")
    assert event.status is Status.PENDING
    assert event.generation == 1
    assert event.attempts == ()


@pytest.mark.both_stores
@pytest.mark.parametrize("payload", ['{"n": 1.50, "n2": 1e400}', '{ "ü" : "😀" }', LARGE_PAYLOAD])
def test_it_keeps_the_payload_to_the_letter(payload: str) -> None:
    assert get_event(accept_event(payload_json=payload)).payload_json == payload


def test_it_dispatches_what_it_stored(dispatcher: FakeDispatcher) -> None:
    event_id = accept_event()

    assert dispatcher.sent == [(event_id, 1, TENANT)]


def test_it_answers_as_the_event_stands(frozen_clock: FrozenClock) -> None:
    acceptance = services.accept_event(**event_fields())

    assert acceptance.received_at == frozen_clock.now()
    assert acceptance.status is Status.PENDING
    assert not acceptance.is_repeat


@pytest.mark.both_stores
def test_it_leaves_a_delayed_event_to_its_time(
    dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    process_at = frozen_clock.now() + timedelta(hours=1)
    event = get_event(accept_event(process_at=process_at))

    assert dispatcher.sent == []
    assert event.process_at == event.next_attempt_at == process_at


def test_it_dispatches_an_event_at_once_that_is_delayed_by_moments(
    dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event(process_at=frozen_clock.now() + timedelta(seconds=3))

    assert [each.event_id for each in dispatcher.sent] == [event_id]


def test_it_keeps_a_delayed_event_for_the_whole_retention_after_its_time(
    frozen_clock: FrozenClock,
) -> None:
    process_at = frozen_clock.now() + timedelta(days=10)
    event = get_event(accept_event(process_at=process_at))

    assert event.expires_at.date() == (process_at + timedelta(days=30)).date()


def test_it_dispatches_an_event_whose_time_has_passed(
    dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event(process_at=frozen_clock.now() - timedelta(hours=1))

    assert [sent.event_id for sent in dispatcher.sent] == [event_id]


def test_it_accepts_while_the_queue_is_away(dispatcher: FakeDispatcher) -> None:
    dispatcher.is_away = True

    assert get_event(accept_event()).status is Status.PENDING


def test_it_refuses_while_the_store_is_away(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dispatcher.sent.clear()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        accept_event()
    assert dispatcher.sent == []


def test_it_says_that_the_store_throttles(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.fail_next(*[Fault.THROTTLE] * 100)

    with pytest.raises(StoreThrottled):
        accept_event()


def test_it_tries_a_throttled_call_again(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.fail_next(Fault.THROTTLE, Fault.AWAY)

    assert get_event(accept_event()).status is Status.PENDING


def test_it_tries_a_throttled_statement_again(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.statements_to_throttle = 2

    assert get_event(accept_event()).status is Status.PENDING


def test_it_knows_its_own_put_whose_answer_was_lost(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dynamodb.fail_next(Fault.LOSE_ANSWER)
    event_id = accept_event()

    assert [sent.event_id for sent in dispatcher.sent].count(event_id) == 1
    assert len(dynamodb.events.items()) == 2


def test_it_stores_a_payload_within_the_limit_with_its_event(dynamodb: FakeDynamoDB) -> None:
    accept_event(payload_json=LARGE_PAYLOAD[len(LARGE_PAYLOAD) - INLINE_PAYLOAD_BYTES :])

    assert len(dynamodb.events.items()) == 1


def test_it_stores_a_large_payload_first_and_by_itself(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.fail_next(None, *[Fault.AWAY] * 100)

    with pytest.raises(StoreUnavailable):
        accept_event(payload_json=LARGE_PAYLOAD)
    assert [item["payload"]["S"] for item in dynamodb.events.items()][1:] == [LARGE_PAYLOAD]
    assert "status" not in dynamodb.events.items()[1]


def test_it_tells_whoever_runs_it_when_the_table_is_missing(
    dynamodb: FakeDynamoDB, caplog: pytest.LogCaptureFixture
) -> None:
    accept_event()
    dynamodb.fail_next(*[Fault.NO_TABLE] * 100)

    with pytest.raises(StoreUnavailable):
        accept_event()
    assert "store_refused" in caplog.text
