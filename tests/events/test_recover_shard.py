from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings

from events import clock, services
from events.errors import QueueUnavailable
from events.store import codec
from tests.factories import (
    accept_event,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    refusal_of,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock, Sent

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

DUE_SECONDS = settings.DISPATCH_DUE_SECONDS


class Recovery:
    """A look at all shards, and what it sent."""

    def __init__(self, dispatcher: FakeDispatcher, executor: Executor) -> None:
        self._dispatcher = dispatcher
        self._executor = executor

    @property
    def sent(self) -> list[Sent]:
        return self._dispatcher.sent

    def look(self, *, horizon_microseconds: int | None = None, limit: int = 100) -> list[str]:
        """Return the ids that were dispatched again."""
        self.sent.clear()
        for shard in range(settings.SHARDS):
            self.look_at(shard, horizon_microseconds=horizon_microseconds, limit=limit)
        return [sent.event_id for sent in self.sent]

    def look_at(
        self, shard: int, *, horizon_microseconds: int | None = None, limit: int = 100
    ) -> services.Recovered:
        return services.recover_shard(
            shard,
            horizon_microseconds=horizon_microseconds,
            limit=limit,
            executor=self._executor,
        )


@pytest.fixture
def recovery(dispatcher: FakeDispatcher) -> Iterator[Recovery]:
    with ThreadPoolExecutor(4) as executor:
        yield Recovery(dispatcher, executor)


@pytest.mark.both_stores
def test_it_dispatches_what_did_not_move(recovery: Recovery, frozen_clock: FrozenClock) -> None:
    event_ids = [accept_event() for _ in range(20)]
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert sorted(recovery.look()) == sorted(event_ids)


def test_it_dispatches_what_it_moved_though_the_answer_was_lost(
    recovery: Recovery, frozen_clock: FrozenClock, dynamodb: FakeDynamoDB
) -> None:
    event_id = accept_event()
    shard = codec.shard_of(event_id, settings.SHARDS)
    frozen_clock.advance(seconds=DUE_SECONDS)
    recovery.sent.clear()
    dynamodb.fail_next(None, Fault.LOSE_ANSWER)

    recovery.look_at(shard)

    assert [sent.event_id for sent in recovery.sent] == [event_id]


@pytest.mark.both_stores
def test_it_leaves_an_event_its_time(recovery: Recovery, frozen_clock: FrozenClock) -> None:
    accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS - 1)

    assert recovery.look() == []


@pytest.mark.both_stores
def test_it_leaves_an_event_alone_after_dispatching_it(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert recovery.look() == [event_id]
    assert recovery.look() == []
    frozen_clock.advance(seconds=DUE_SECONDS)
    assert recovery.look() == [event_id]


def test_it_dispatches_the_generation_that_is_open(
    recovery: Recovery, dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    event_id = make_dead_event()
    services.replay_event(event_id=event_id, actor="ada", reason="bug fixed")
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert recovery.look() == [event_id]
    assert dispatcher.sent[0].generation == 2


def test_it_dispatches_a_delayed_event_shortly_before_its_time(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    process_at = frozen_clock.now() + timedelta(hours=1)
    event_id = accept_event(process_at=process_at)
    frozen_clock.advance(minutes=59, seconds=30)

    assert recovery.look() == []
    frozen_clock.advance(seconds=30 - settings.RECOVERY_INTERVAL_SECONDS)
    assert recovery.look() == [event_id]
    assert recovery.look() == []
    assert refusal_of(event_id).wait_seconds == settings.RECOVERY_INTERVAL_SECONDS


def test_it_dispatches_a_delayed_event_again_whose_message_vanished(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event(process_at=frozen_clock.now() + timedelta(hours=1))
    frozen_clock.advance(hours=1)
    recovery.look()
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert recovery.look() == [event_id]


def test_it_leaves_an_event_to_its_attempt(recovery: Recovery, frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS)
    claim_event(event_id)

    assert recovery.look() == []


def test_it_dispatches_an_event_whose_worker_vanished(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS + DUE_SECONDS)

    assert recovery.look() == [event_id]
    assert claim_event(event_id, message_id="message-2").attempt_number == 2


def test_it_dispatches_a_retry_whose_message_vanished(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    retry(claim_event(event_id), wait_seconds=60)

    frozen_clock.advance(seconds=60)
    assert recovery.look() == []
    frozen_clock.advance(seconds=DUE_SECONDS)
    assert recovery.look() == [event_id]


def test_it_has_nothing_to_do_with_what_has_ended(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    make_succeeded_event()
    make_dead_event()
    frozen_clock.advance(days=1)

    assert recovery.look() == []


@pytest.mark.both_stores
def test_it_holds_back_what_may_still_be_in_the_queue(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    old = accept_event()
    frozen_clock.advance(seconds=10)
    horizon_microseconds = clock.now_microseconds()
    frozen_clock.advance(seconds=10)
    new = accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert recovery.look(horizon_microseconds=horizon_microseconds) == [old]
    assert recovery.look(horizon_microseconds=None) == [new]


def test_it_dispatches_nothing_while_it_knows_nothing_of_the_queue(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS)

    assert recovery.look(horizon_microseconds=0) == []


@pytest.mark.both_stores
def test_it_asks_for_another_look_when_there_may_be_more(
    recovery: Recovery, frozen_clock: FrozenClock
) -> None:
    # Keys give the same ids, and so the same shards, in every run.
    for i in range(20):
        accept_event(idempotency_key=f"key-{i}")
    frozen_clock.advance(seconds=DUE_SECONDS)

    looks = [recovery.look_at(0, limit=2) for _ in range(12)]
    assert looks[0] == services.Recovered(dispatched=2, has_more=True)
    assert looks[-1] == services.Recovered(dispatched=0, has_more=False)


def test_it_stops_while_the_queue_is_away_and_tries_again_later(
    recovery: Recovery, dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    frozen_clock.advance(seconds=DUE_SECONDS)
    dispatcher.is_away = True
    with pytest.raises(QueueUnavailable):
        recovery.look()

    dispatcher.is_away = False
    frozen_clock.advance(seconds=DUE_SECONDS)
    assert recovery.look() == [event_id]
