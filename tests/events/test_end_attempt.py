from datetime import timedelta

import pytest
from django.conf import settings

from events import queries, services
from events.errors import StoreUnavailable
from events.event import ClaimedEvent, Outcome, Status
from events.services.attempts import ATTEMPTS_KEPT
from events.store.events import due_entries
from tests.factories import ERROR, TENANT, accept_event, bury, claim_event, get_event, retry
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def finish(claimed: ClaimedEvent) -> bool:
    return services.finish_event(claimed, result_json='{"sum": 3}')


ENDINGS = pytest.mark.parametrize(
    ("end", "status"),
    [(finish, Status.SUCCEEDED), (retry, Status.RETRYING), (bury, Status.DEAD)],
)


def open_events() -> int:
    count: int = queries.get_platform_stats()["open_all_tenants"]["count"]
    return count


def dead_events() -> int:
    count: int = queries.get_stats(tenant=TENANT)["dead"]["count"]
    return count


@pytest.mark.both_stores
def test_it_records_success(frozen_clock: FrozenClock) -> None:
    claimed = claim_event(accept_event())
    frozen_clock.advance(seconds=2)

    assert finish(claimed)
    event = get_event(claimed.event_id)
    assert (event.status, event.result_json) == (Status.SUCCEEDED, '{"sum": 3}')
    assert event.attempts[0].outcome is Outcome.SUCCEEDED
    assert event.attempts[0].ended_at == event.updated_at == frozen_clock.now()


@pytest.mark.both_stores
def test_it_records_a_failure_that_another_attempt_follows(frozen_clock: FrozenClock) -> None:
    claimed = claim_event(accept_event())

    assert retry(claimed, wait_seconds=60)
    event = get_event(claimed.event_id)
    assert event.status is Status.RETRYING
    assert event.next_attempt_at == frozen_clock.now() + timedelta(seconds=60)
    assert (event.attempts[0].outcome, event.attempts[0].error) == (Outcome.FAILED, ERROR)


@pytest.mark.both_stores
def test_it_records_death() -> None:
    claimed = claim_event(accept_event())

    assert bury(claimed)
    event = get_event(claimed.event_id)
    assert (event.status, event.next_attempt_at) == (Status.DEAD, None)
    assert event.attempts[0].error == ERROR


@pytest.mark.both_stores
def test_it_closes_an_event_that_ended() -> None:
    succeeded, died = claim_event(accept_event()), claim_event(accept_event())
    assert (open_events(), dead_events()) == (2, 0)
    finish(succeeded)
    bury(died)

    assert (open_events(), dead_events()) == (0, 1)


def test_it_has_a_retry_looked_after_once_it_is_overdue(frozen_clock: FrozenClock) -> None:
    claimed = claim_event(accept_event())
    retry(claimed, wait_seconds=600)

    frozen_clock.advance(seconds=600 + settings.DISPATCH_DUE_SECONDS - 1)
    assert not any(due_entries(shard, limit=1) for shard in range(settings.SHARDS))
    frozen_clock.advance(seconds=1)
    assert any(due_entries(shard, limit=1) for shard in range(settings.SHARDS))


def test_it_keeps_an_event_beyond_a_wait_longer_than_the_retention(
    frozen_clock: FrozenClock,
) -> None:
    claimed = claim_event(accept_event())
    retry(claimed, wait_seconds=timedelta(days=40).total_seconds())
    frozen_clock.advance(days=40)

    assert claim_event(claimed.event_id).attempt_number == 2
    assert get_event(claimed.event_id).expires_at > frozen_clock.now()


@pytest.mark.both_stores
@ENDINGS
def test_it_lets_the_outcome_of_another_attempt_stand(
    end: type, status: Status, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    overtaken = claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    current = claim_event(event_id, message_id="message-2")

    assert not end(overtaken)
    assert get_event(event_id).status is Status.PROCESSING
    assert end(current)
    assert not end(overtaken)
    assert get_event(event_id).status is status


@ENDINGS
def test_it_knows_its_own_record_whose_answer_was_lost(
    end: type, status: Status, dynamodb: FakeDynamoDB
) -> None:
    claimed = claim_event(accept_event())
    dynamodb.fail_next(Fault.LOSE_ANSWER)

    assert end(claimed)
    assert get_event(claimed.event_id).status is status


@ENDINGS
def test_it_fails_while_the_store_is_away(
    end: type, status: Status, dynamodb: FakeDynamoDB
) -> None:
    claimed = claim_event(accept_event())
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        end(claimed)
    dynamodb.is_away = False
    assert end(claimed)
    assert get_event(claimed.event_id).status is status


@pytest.mark.both_stores
def test_it_keeps_the_newest_attempts_and_counts_all(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    for _ in range(ATTEMPTS_KEPT + 4):
        retry(claim_event(event_id))
        frozen_clock.advance(seconds=1)

    event = get_event(event_id)
    assert event.attempt_count == ATTEMPTS_KEPT + 4
    assert [attempt.number for attempt in event.attempts] == list(range(5, ATTEMPTS_KEPT + 5))
