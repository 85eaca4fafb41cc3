from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from events import queries, services
from events.errors import EventNotFound, PermanentError, ReceivesExhausted, RetriesExhausted
from events.event import Outcome
from events.explanation import Explanation, Reason
from events.failures import describe_failure
from events.registry import registered
from tests.factories import (
    ERROR,
    TENANT,
    accept_event,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "handler")

Tell = Callable[[FrozenClock], str]


@pytest.fixture
def handler() -> object:
    with registered("order.*", print, max_retries=2) as added:
        yield added


def explain(event_id: str) -> Explanation:
    return queries.explain_event(event_id, tenant=TENANT)


def fail_attempts(count: int, clock: FrozenClock, *, wait_seconds: float = 60) -> str:
    event_id = accept_event()
    for _ in range(count):
        retry(claim_event(event_id), wait_seconds=wait_seconds)
        clock.advance(seconds=wait_seconds)
    return event_id


def make_dead_of(error: Exception) -> str:
    return make_dead_event(error=describe_failure(error, event_type="order.created"))


def wait(_: FrozenClock) -> str:
    return accept_event()


def wait_for_its_time(clock: FrozenClock) -> str:
    return accept_event(process_at=clock.now() + timedelta(hours=1))


def become_due(clock: FrozenClock) -> str:
    event_id = wait_for_its_time(clock)
    clock.advance(hours=1)
    return event_id


def be_forgotten(clock: FrozenClock) -> str:
    event_id = accept_event()
    clock.advance(seconds=settings.DISPATCH_DUE_SECONDS + settings.RECOVERY_INTERVAL_SECONDS + 1)
    return event_id


def forget_a_retry(clock: FrozenClock) -> str:
    event_id = fail_attempts(1, clock)
    clock.advance(hours=1)
    return event_id


def run(_: FrozenClock) -> str:
    return claim_event(accept_event()).event_id


def lose_its_worker(clock: FrozenClock) -> str:
    event_id = run(clock)
    clock.advance(seconds=settings.LEASE_SECONDS)
    return event_id


def wait_for_a_retry(_: FrozenClock) -> str:
    event_id = accept_event()
    retry(claim_event(event_id), wait_seconds=60)
    return event_id


def have_its_retry_due(clock: FrozenClock) -> str:
    return fail_attempts(1, clock)


def be_given_back(_: FrozenClock) -> str:
    claimed = claim_event(accept_event())
    services.retry_event(claimed, outcome=Outcome.STOPPED, error=ERROR, wait_seconds=0)
    return claimed.event_id


def be_replayed(_: FrozenClock) -> str:
    event_id = make_dead_event()
    replay_event(event_id)
    return event_id


def succeed(_: FrozenClock) -> str:
    return make_succeeded_event()


def have_no_handler(_: FrozenClock) -> str:
    return make_succeeded_event(event_type="payroll.paid")


def die_at_once(_: FrozenClock) -> str:
    return make_dead_of(PermanentError("no such order"))


def die_of_retries(clock: FrozenClock) -> str:
    event_id = fail_attempts(2, clock)
    services.bury_event(claim_event(event_id), outcome=Outcome.FAILED, error=ERROR)
    return event_id


def vanish(_: FrozenClock) -> str:
    return make_dead_of(RetriesExhausted("attempt 3 vanished"))


def be_set_aside(_: FrozenClock) -> str:
    return make_dead_of(ReceivesExhausted("SQS set the message aside"))


def be_paused(_: FrozenClock) -> str:
    services.pause_events(
        tenant=TENANT, event_type="order.created", reason="the shop is down", actor="ada"
    )
    return accept_event()


CASES = [
    (wait, Reason.WAITS_FOR_WORKER, "waits for a worker"),
    (wait_for_its_time, Reason.WAITS_FOR_ITS_TIME, "worked on at 2026-01-02 04:04:05 UTC"),
    (become_due, Reason.WAITS_FOR_WORKER, "waits for a worker"),
    (be_forgotten, Reason.OVERDUE, "It should have moved by 2026-01-02 03:04:35 UTC"),
    (forget_a_retry, Reason.OVERDUE, "recovery sends it to the queue again"),
    (run, Reason.RUNS, "Attempt 1 of 3 runs on worker-1"),
    (lose_its_worker, Reason.LEASE_RAN_OUT, "worker-1 has given no sign of life since before"),
    (
        wait_for_a_retry,
        Reason.WAITS_FOR_RETRY,
        "Attempt 1 of 3 failed with ValueError; the next one begins at 2026-01-02 03:05:05 UTC.",
    ),
    (have_its_retry_due, Reason.RETRY_WAITS_FOR_WORKER, "was due at 2026-01-02 03:05:05 UTC"),
    (be_given_back, Reason.GIVEN_BACK, "Worker worker-1 was stopped"),
    (be_replayed, Reason.REPLAY_WAITS_FOR_WORKER, "ada replayed it at"),
    (succeed, Reason.SUCCEEDED, "It succeeded on worker-1 at 2026-01-02 03:04:05 UTC"),
    (have_no_handler, Reason.NOT_HANDLED, "No handler is registered for payroll.paid"),
    (die_at_once, Reason.NOT_RETRYABLE, "failed with events.errors.PermanentError"),
    (die_of_retries, Reason.RETRIES_USED_UP, "All 3 attempts failed, the last with ValueError"),
    (vanish, Reason.LAST_ATTEMPT_VANISHED, "vanished with its worker; it stays dead"),
    (be_set_aside, Reason.RECEIVES_USED_UP, "SQS delivered its message too often"),
    # The last, since it holds whatever comes after it.
    (be_paused, Reason.PAUSED, "ada paused its event type at 2026-01-02 03:04:05 UTC"),
]


@pytest.mark.parametrize(("bring_about", "reason", "words"), CASES)
def test_it_says_why_and_what_next(
    bring_about: Tell, reason: Reason, *, words: str, frozen_clock: FrozenClock
) -> None:
    explanation = explain(bring_about(frozen_clock))

    assert explanation.reason is reason
    assert words in explanation.sentence


def test_it_knows_every_reason() -> None:
    assert {reason for _, reason, _ in CASES} == set(Reason)


def test_each_sentence_is_one(frozen_clock: FrozenClock) -> None:
    sentences = [explain(bring_about(frozen_clock)).sentence for bring_about, _, _ in CASES]

    assert all(each.endswith(".") and ". " not in each for each in sentences)


def test_a_stopped_attempt_does_not_count(frozen_clock: FrozenClock) -> None:
    event_id = be_given_back(frozen_clock)
    claim_event(event_id)

    assert (explain(event_id).facts.attempt, explain(event_id).facts.attempts_allowed) == (1, 3)


@pytest.mark.parametrize("make", [make_dead_event, make_succeeded_event])
def test_it_says_that_a_replay_needs_a_payload(make: Callable[[], str]) -> None:
    event_id = make()
    services.erase_payload(event_id=event_id, actor="ada")

    assert explain(event_id).facts.is_erased
    assert explain(event_id).sentence.endswith("with a new payload, since its own is erased.")


def test_an_erasure_does_not_change_when_it_succeeded(frozen_clock: FrozenClock) -> None:
    event_id = make_succeeded_event()
    before = explain(event_id).sentence.partition(";")[0]
    frozen_clock.advance(hours=1)
    services.erase_payload(event_id=event_id, actor="ada")

    assert explain(event_id).sentence.partition(";")[0] == before


@pytest.mark.both_stores
def test_it_takes_the_facts_from_the_event() -> None:
    event_id = make_dead_event()

    facts = explain(event_id).facts
    assert (facts.error, facts.worker, facts.due_at) == (ERROR, "worker-1", None)


def test_it_costs_one_read(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.calls.clear()
    explain(event_id)

    assert dynamodb.calls == {"get_item": 1}


def test_it_explains_no_event_of_another_tenant() -> None:
    event_id = accept_event()

    for asked in (event_id, "no id at all"):
        with pytest.raises(EventNotFound):
            queries.explain_event(asked, tenant="globex")
