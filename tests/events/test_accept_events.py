from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from events import services
from events.errors import EventError, IdempotencyKeyReused, StoreUnavailable
from events.event import Acceptance, NewEvent
from events.store import batches, connection
from events.store.codec import INLINE_PAYLOAD_BYTES
from events.store.connection import Item, Statement
from events.store.models import EventItem
from tests.factories import TENANT, accept_event, get_event
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

EXECUTE_ALL = connection.execute_all
LARGE_PAYLOAD = f'{{"text": "{"x" * INLINE_PAYLOAD_BYTES}"}}'


@pytest.fixture
def patience(store: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # goes first
    """Wait for many events, which on a busy machine takes longer than the fake store allows."""

    def execute_all(writes: Sequence[Statement], **_: float) -> list[Item | EventError | None]:
        return EXECUTE_ALL(writes, deadline_seconds=60)

    monkeypatch.setattr(connection, "execute_all", execute_all)


def new_event(**fields: Any) -> NewEvent:
    return NewEvent(**{"event_type": "order.created", "payload_json": '{"n": 1}'} | fields)


def new_events(count: int, **fields: Any) -> list[NewEvent]:
    return [new_event(payload_json=f'{{"n": {number}}}', **fields) for number in range(count)]


def accept(*events: NewEvent) -> list[Acceptance | EventError]:
    return services.accept_events(events, tenant=TENANT)


def ids_of(outcomes: list[Acceptance | EventError]) -> list[str]:
    return [each.event_id for each in outcomes if isinstance(each, Acceptance)]


def repeats_of(outcomes: list[Acceptance | EventError]) -> list[bool | None]:
    return [each.is_repeat if isinstance(each, Acceptance) else None for each in outcomes]


@pytest.mark.both_stores
@pytest.mark.usefixtures("patience")
def test_it_stores_each_event_in_order() -> None:
    event_ids = ids_of(accept(*new_events(60)))

    payloads = [get_event(each).payload_json for each in event_ids]
    assert payloads == [f'{{"n": {number}}}' for number in range(60)]


@pytest.mark.usefixtures("patience")
def test_it_needs_few_calls_for_many_events(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dynamodb.calls.clear()
    dispatcher.sent.clear()

    event_ids = ids_of(accept(*new_events(1_000)))

    assert dynamodb.calls == {"batch_execute_statement": 40}
    assert [each.event_id for each in dispatcher.sent] == event_ids


def test_it_has_nothing_to_store(dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher) -> None:
    accept_event()
    dynamodb.calls.clear()
    dispatcher.sent.clear()

    assert accept() == []
    assert not dynamodb.calls
    assert dispatcher.sent == []


@pytest.mark.both_stores
def test_it_keeps_large_payloads_to_the_letter() -> None:
    texts = [LARGE_PAYLOAD.replace("x", letter) for letter in "abc"]

    event_ids = ids_of(accept(*(new_event(payload_json=text) for text in texts)))

    assert [get_event(each).payload_json for each in event_ids] == texts


@pytest.mark.both_stores
def test_it_keeps_what_a_cloudevent_said_besides() -> None:
    (event_id,) = ids_of(accept(new_event(cloudevent_json='{"id":"1"}')))

    assert get_event(event_id).cloudevent_json == '{"id":"1"}'


@pytest.mark.both_stores
def test_it_stores_one_event_for_a_key_that_comes_twice(dispatcher: FakeDispatcher) -> None:
    events = [new_event(idempotency_key=key) for key in ("a", "b", "a", "a")]

    outcomes = accept(*events)

    first, second, third, fourth = ids_of(outcomes)
    assert first == third == fourth != second
    assert repeats_of(outcomes) == [False, False, True, True]
    assert [each.event_id for each in dispatcher.sent] == [first, second]


@pytest.mark.both_stores
def test_it_refuses_another_event_under_a_key_of_the_batch() -> None:
    first, other = accept(
        new_event(idempotency_key="a"), new_event(idempotency_key="a", payload_json="{}")
    )

    assert isinstance(first, Acceptance)
    assert isinstance(other, IdempotencyKeyReused)


@pytest.mark.both_stores
@pytest.mark.usefixtures("patience")
def test_it_knows_a_batch_that_is_sent_again(dispatcher: FakeDispatcher) -> None:
    events = [new_event(idempotency_key=f"key-{number}") for number in range(120)]
    before = ids_of(accept(*events))
    dispatcher.sent.clear()

    outcomes = accept(*events)

    assert ids_of(outcomes) == before
    assert repeats_of(outcomes) == [True] * 120
    assert dispatcher.sent == []


@pytest.mark.usefixtures("patience")
def test_it_keeps_the_large_payloads_of_repeats_in_few_calls(dynamodb: FakeDynamoDB) -> None:
    events = [new_event(payload_json=LARGE_PAYLOAD, idempotency_key=str(n)) for n in range(50)]
    accept(*events)
    dynamodb.calls.clear()

    accept(*events)

    # Two each to find the payloads there, to keep them, and to find the events there.
    assert dynamodb.calls == {"batch_execute_statement": 6, "batch_get_item": 1}


@pytest.mark.usefixtures("patience")
def test_it_reads_many_repeats_in_few_calls(dynamodb: FakeDynamoDB) -> None:
    events = [new_event(idempotency_key=f"key-{number}") for number in range(120)]
    accept(*events)
    dynamodb.calls.clear()

    accept(*events)

    assert dynamodb.calls == {"batch_execute_statement": 5, "batch_get_item": 2}


@pytest.mark.both_stores
def test_it_compares_each_with_what_the_key_stands_for() -> None:
    accept_event(idempotency_key="a", payload_json='{"n": 2}')

    other, same = accept(
        new_event(idempotency_key="a", payload_json='{"n": 1}'),
        new_event(idempotency_key="a", payload_json='{"n": 2}'),
    )

    assert isinstance(other, IdempotencyKeyReused)
    assert isinstance(same, Acceptance)
    assert same.is_repeat


def test_it_gives_an_expired_key_to_a_new_event(frozen_clock: FrozenClock) -> None:
    accept_event(idempotency_key="a")
    frozen_clock.advance(days=31)

    first, second = accept(new_event(idempotency_key="a"), new_event(idempotency_key="a"))

    assert repeats_of([first, second]) == [False, True]


def test_it_knows_its_own_puts_whose_answer_was_lost(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dispatcher.sent.clear()
    dynamodb.fail_next(Fault.LOSE_ANSWER)

    outcomes = accept(*new_events(3), new_event(idempotency_key="a"))

    assert repeats_of(outcomes) == [False] * 4
    assert [each.event_id for each in dispatcher.sent] == ids_of(outcomes)


def test_it_dispatches_none_before_its_time(
    dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    later = frozen_clock.now() + timedelta(hours=1)

    now, _ = ids_of(accept(new_event(), new_event(process_at=later)))

    assert [each.event_id for each in dispatcher.sent] == [now]


def test_it_accepts_while_the_queue_is_away(dispatcher: FakeDispatcher) -> None:
    dispatcher.is_away = True

    assert len(ids_of(accept(*new_events(3)))) == 3


def test_it_says_of_each_event_that_the_store_is_away(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dispatcher.sent.clear()
    dynamodb.is_away = True

    outcomes = accept(*new_events(3), new_event(payload_json=LARGE_PAYLOAD))

    assert [type(each) for each in outcomes] == [StoreUnavailable] * 4
    assert dispatcher.sent == []


def test_it_stores_no_event_without_its_large_payload(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_none(large: list[tuple[EventItem, str]]) -> dict[str, EventError]:
        return {item.event_id: StoreUnavailable() for item, _ in large}

    monkeypatch.setattr(batches, "put_payloads", put_none)
    small, large = accept(new_event(), new_event(payload_json=LARGE_PAYLOAD))

    assert isinstance(large, StoreUnavailable)
    assert [item["event_id"]["S"] for item in dynamodb.events.items()] == ids_of([small])


def test_it_cannot_tell_a_repeat_while_reads_fail(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event(idempotency_key="a")
    dispatcher.sent.clear()
    dynamodb.fail_next(None, *[Fault.AWAY] * 100)

    new, repeat = accept(new_event(), new_event(idempotency_key="a"))

    assert isinstance(new, Acceptance)
    assert isinstance(repeat, StoreUnavailable)
    assert [each.event_id for each in dispatcher.sent] == [new.event_id]


def test_it_asks_a_store_that_is_away_but_once_how_it_is_divided(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    outcomes = accept(*new_events(50))

    assert [type(each) for each in outcomes] == [StoreUnavailable] * 50
    assert sum(dynamodb.calls.values()) == 1
