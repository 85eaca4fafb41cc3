from datetime import timedelta

import pytest
from django.conf import settings

from events import counters, services
from events.counters.process import Counting
from events.counts import DAY_SECONDS, MINUTE_SECONDS, Counts, seconds_of
from events.event import Outcome
from tests.events.counters.stored import stored_counts, stored_types
from tests.factories import (
    ERROR,
    accept_event,
    bury,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("counting", "dispatcher")


def counts_after(counting: Counting) -> Counts:
    counting.flush()
    assert stored_types(DAY_SECONDS) == stored_types(MINUTE_SECONDS)
    return stored_counts()


@pytest.mark.both_stores
def test_it_counts_an_event_and_its_repetition(counting: Counting) -> None:
    for _ in range(3):
        accept_event(idempotency_key="key-1")

    counts = counts_after(counting)
    assert (counts.accepted, counts.repeated) == (1, 2)


@pytest.mark.both_stores
def test_it_counts_by_tenant_and_type(counting: Counting) -> None:
    for event_type in ("order.created", "order.paid", "order.paid"):
        accept_event(event_type=event_type)
    accept_event(tenant="globex")
    counting.flush()

    accepted = {name: counts.accepted for name, counts in stored_types().items()}
    assert accepted == {"order.created": 1, "order.paid": 2}
    assert stored_counts(tenant="globex").accepted == 1


def test_a_count_that_fails_costs_neither_the_event_nor_its_dispatch(
    dispatcher: FakeDispatcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def raise_error() -> None:
        raise OSError("the disk is broken")

    monkeypatch.setattr(counters, "counting", raise_error)
    monkeypatch.setattr(counters, "_failed", set())
    event_ids = [accept_event(), accept_event()]

    assert [each.event_id for each in dispatcher.sent] == event_ids
    assert caplog.text.count("counting_failed") == 1


def test_it_counts_a_success_and_how_long_it_took(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    frozen_clock.advance(seconds=2)
    claimed = claim_event(event_id)
    frozen_clock.advance(seconds=3)
    services.finish_event(claimed, result_json=None)

    counts = counts_after(counting)
    assert counts.succeeded == 1
    assert counts.processing_microseconds == counts.longest_microseconds == 3_000_000
    assert [seconds_of(each) for each in counts.latency] == [pytest.approx(5, rel=0.1)]


def test_it_counts_the_time_since_a_delayed_event_was_due(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event(process_at=frozen_clock.now() + timedelta(hours=1))
    frozen_clock.advance(hours=1, seconds=2)
    services.finish_event(claim_event(event_id), result_json=None)

    assert counts_after(counting).quantile_seconds(1) == pytest.approx(2, rel=0.1)


def test_it_counts_the_time_since_a_replay(counting: Counting, frozen_clock: FrozenClock) -> None:
    event_id = make_dead_event()
    frozen_clock.advance(hours=1)
    replay_event(event_id)
    frozen_clock.advance(seconds=2)
    services.finish_event(claim_event(event_id, generation=2), result_json=None)

    assert counts_after(counting).quantile_seconds(1) == pytest.approx(2, rel=0.1)


def test_it_counts_failed_attempts_and_death(counting: Counting) -> None:
    event_id = accept_event()
    retry(claim_event(event_id))
    bury(claim_event(event_id))

    counts = counts_after(counting)
    assert (counts.failed_attempts, counts.dead, counts.succeeded) == (2, 1, 0)


def test_it_counts_no_failure_of_an_attempt_that_was_stopped(counting: Counting) -> None:
    claimed = claim_event(accept_event())
    services.retry_event(claimed, outcome=Outcome.STOPPED, error=ERROR, wait_seconds=0)

    assert counts_after(counting).failed_attempts == 0


def test_it_counts_replays_by_what_they_replay(counting: Counting) -> None:
    replay_event(make_dead_event())
    replay_event(make_succeeded_event())

    counts = counts_after(counting)
    assert (counts.replayed_dead, counts.replayed_succeeded, counts.open) == (1, 1, 2)


def test_it_counts_a_success_once_whose_answer_was_lost(
    counting: Counting, dynamodb: FakeDynamoDB
) -> None:
    claimed = claim_event(accept_event())
    dynamodb.fail_next(Fault.LOSE_ANSWER)
    services.finish_event(claimed, result_json=None)

    assert counts_after(counting).succeeded == 1


def test_it_counts_an_acceptance_once_whose_answer_was_lost(
    counting: Counting, dynamodb: FakeDynamoDB
) -> None:
    accept_event()
    dynamodb.fail_next(Fault.LOSE_ANSWER)
    accept_event()

    counts = counts_after(counting)
    assert (counts.accepted, counts.repeated) == (2, 0)


def test_it_counts_no_success_of_an_attempt_that_was_overtaken(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    overtaken = claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    claim_event(event_id, message_id="message-2")
    services.finish_event(overtaken, result_json=None)

    assert counts_after(counting).succeeded == 0


def test_it_writes_no_more_for_an_event(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.calls.clear()
    make_succeeded_event()

    assert dynamodb.calls == {"batch_execute_statement": 3}
