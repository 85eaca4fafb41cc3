from datetime import timedelta

import pytest
from django.conf import settings

from events.errors import EventIsOpen, EventNotFound, StoreUnavailable
from events.event import Status
from events.services import finish_event
from events.store.events import due_entries
from tests.factories import (
    TENANT,
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    race,
    replay_event,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


@pytest.mark.both_stores
@pytest.mark.parametrize("make_event", [make_succeeded_event, make_dead_event])
def test_it_makes_a_terminal_event_pending_in_the_next_generation(make_event: type) -> None:
    event_id = make_event()

    assert replay_event(event_id) == 2
    event = get_event(event_id)
    assert (event.status, event.generation, event.result_json) == (Status.PENDING, 2, None)
    assert claim_event(event_id, generation=2).attempt_number == 1


def test_it_dispatches_the_new_generation(dispatcher: FakeDispatcher) -> None:
    event_id = make_dead_event()
    replay_event(event_id)

    assert dispatcher.sent[-1] == (event_id, 2, TENANT)


@pytest.mark.both_stores
def test_it_keeps_the_history(frozen_clock: FrozenClock) -> None:
    event_id = make_dead_event()
    for generation in (2, 3):
        frozen_clock.advance(hours=1)
        replay_event(event_id, reason=f"for {generation}")
        finish_event(claim_event(event_id, generation=generation), result_json=None)

    event = get_event(event_id)
    assert [(each.generation, each.reason) for each in event.replays] == [
        (2, "for 2"),
        (3, "for 3"),
    ]
    assert (event.replays[1].actor, event.replays[1].replayed_at) == ("ada", frozen_clock.now())
    assert [attempt.generation for attempt in event.attempts] == [1, 2, 3]


def test_it_lets_an_event_wait_while_the_queue_is_away(
    dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    event_id = make_dead_event()
    dispatcher.is_away = True

    assert replay_event(event_id) == 2
    frozen_clock.advance(seconds=settings.DISPATCH_DUE_SECONDS)
    assert any(due_entries(shard, limit=1) for shard in range(settings.SHARDS))


@pytest.mark.both_stores
def test_it_refuses_an_open_event() -> None:
    event_id = accept_event()
    claim_event(event_id)

    with pytest.raises(EventIsOpen):
        replay_event(event_id)


@pytest.mark.parametrize("event_id", ["", "nothing", "x" * 3_000])
def test_it_asks_the_store_for_ids_only(event_id: str, dynamodb: FakeDynamoDB) -> None:
    with pytest.raises(EventNotFound):
        replay_event(event_id)
    assert dynamodb.calls == {}


def test_it_finds_no_event_of_another_tenant() -> None:
    event_id = make_dead_event()

    with pytest.raises(EventNotFound):
        replay_event(event_id, tenant="globex")


def test_it_finds_no_event_that_has_expired(frozen_clock: FrozenClock) -> None:
    event_id = make_dead_event()
    frozen_clock.advance(days=31)

    with pytest.raises(EventNotFound):
        replay_event(event_id)


def test_it_does_nothing_when_that_generation_was_replayed_before(
    dispatcher: FakeDispatcher,
) -> None:
    event_id = make_dead_event()
    replay_event(event_id, generation=1)
    finish_event(claim_event(event_id, generation=2), result_json=None)

    with pytest.raises(EventIsOpen):
        replay_event(event_id, generation=1)
    assert len(dispatcher.sent) == 2


@pytest.mark.both_stores
def test_it_lets_one_of_many_win(dispatcher: FakeDispatcher) -> None:
    event_id = make_dead_event()

    def replay(number: int) -> bool:
        try:
            replay_event(event_id, actor=f"staff-{number}")
        except EventIsOpen:
            return False
        return True

    assert sum(race(replay)) == 1
    assert len(dispatcher.sent) == 2
    assert get_event(event_id).generation == 2


@pytest.mark.both_stores
def test_it_keeps_an_event_and_its_payload_for_the_whole_retention_again(
    frozen_clock: FrozenClock,
) -> None:
    payload = f'{{"text": "{"x" * 5_000}"}}'
    event_id = make_dead_event(payload_json=payload)
    frozen_clock.advance(days=29)
    replay_event(event_id)

    expires_at = (frozen_clock.now() + timedelta(days=30)).replace(microsecond=0)
    assert get_event(event_id).expires_at == expires_at
    assert get_event(event_id).payload_json == payload


def test_it_keeps_every_item_of_an_event_as_long(
    frozen_clock: FrozenClock, dynamodb: FakeDynamoDB
) -> None:
    event_id = make_dead_event(payload_json=f'{{"text": "{"x" * 5_000}"}}')
    frozen_clock.advance(days=29)
    replay_event(event_id)

    assert len({item["expires_at"]["N"] for item in dynamodb.events.items()}) == 1


def test_it_knows_its_own_replay_whose_answer_was_lost(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    event_id = make_dead_event()
    dynamodb.fail_next(None, Fault.LOSE_ANSWER)

    assert replay_event(event_id) == 2
    assert dispatcher.sent[-1].generation == 2


def test_it_changes_nothing_while_the_store_is_away(
    dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    event_id = make_dead_event()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        replay_event(event_id)
    assert len(dispatcher.sent) == 1
