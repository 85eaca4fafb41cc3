from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import clock, services
from events.errors import IdempotencyKeyReused
from events.event import Acceptance, Status
from tests.factories import (
    accept_event,
    claim_event,
    event_fields,
    get_event,
    make_succeeded_event,
    race,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

LONG = "x" * 5_000


def accept(**fields: Any) -> Acceptance:
    return services.accept_event(**event_fields(idempotency_key="key-1", **fields))


@pytest.mark.both_stores
def test_it_makes_one_event_of_two_requests(dispatcher: FakeDispatcher) -> None:
    first, second = accept(), accept()

    assert first.event_id == second.event_id
    assert first.received_at == second.received_at
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert len(dispatcher.sent) == 1


@pytest.mark.both_stores
def test_it_makes_one_event_of_racing_requests(dispatcher: FakeDispatcher) -> None:
    accept_event()
    answers = race(lambda _: accept())

    assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 7
    assert len(dispatcher.sent) == 2


def test_it_answers_a_repeat_with_the_status_as_it_is_now() -> None:
    make_succeeded_event(idempotency_key="key-1")

    assert accept().status is Status.SUCCEEDED


def test_it_takes_another_spelling_of_the_same_json_for_a_repeat() -> None:
    accept(payload_json='{"a": 1, "b": [2]}')

    assert accept(payload_json='{"b":[2],"a":1}').is_repeat


@pytest.mark.both_stores
@pytest.mark.parametrize(
    "other",
    [
        {"payload_json": '{"total": 12.5}'},
        {"payload_json": f'{{"text": "{LONG}"}}'},
        {"event_type": "order.paid"},
        {"source": "shop"},
        {"subject": ""},
    ],
)
def test_it_refuses_a_key_that_came_with_another_event(other: dict[str, Any]) -> None:
    event_id = accept().event_id
    before = get_event(event_id)

    with pytest.raises(IdempotencyKeyReused):
        accept(**other)
    assert get_event(event_id) == before


def test_it_keeps_a_large_payload_when_its_key_is_reused() -> None:
    payload = f'{{"text": "{LONG}"}}'
    event_id = accept(payload_json=payload).event_id

    with pytest.raises(IdempotencyKeyReused):
        accept(payload_json=f'{{"text": "{LONG}!"}}')
    assert get_event(event_id).payload_json == payload


def test_it_keeps_the_keys_of_tenants_apart() -> None:
    assert accept().event_id != accept(tenant="globex").event_id


@pytest.mark.both_stores
def test_it_forgets_a_key_when_its_event_has_expired(frozen_clock: FrozenClock) -> None:
    first = make_succeeded_event(idempotency_key="key-1")
    frozen_clock.advance(days=31)
    second = accept(payload_json="{}")

    assert (second.event_id, second.is_repeat) == (first, False)
    assert get_event(first).payload_json == "{}"
    assert get_event(first).attempts == ()


@pytest.mark.both_stores
def test_it_makes_one_event_of_requests_that_race_for_an_expired_key(
    monkeypatch: pytest.MonkeyPatch, dispatcher: FakeDispatcher
) -> None:
    with monkeypatch.context() as past:
        past.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(days=31))
        accept()
    answers = race(lambda _: accept())

    assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 7
    assert len(dispatcher.sent) == 2


# The calls of a request with an expired key: put, read, delete, put.
@pytest.mark.parametrize("position", [0, 2, 3])
def test_it_gets_over_lost_answers_on_its_way_past_an_expired_key(
    position: int, frozen_clock: FrozenClock, dynamodb: FakeDynamoDB
) -> None:
    accept()
    frozen_clock.advance(days=31)
    dynamodb.fail_next(*[None] * position, Fault.LOSE_ANSWER)

    assert not accept().is_repeat
    assert claim_event(dynamodb.events.items()[0]["event_id"]["S"]).attempt_number == 1


def test_it_knows_its_own_put_whose_answer_was_lost(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    accept_event()
    dynamodb.fail_next(Fault.LOSE_ANSWER)

    assert not accept().is_repeat
    assert len(dispatcher.sent) == 2
