from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import Retry
from django.conf import settings

from events.errors import RetryAfter
from events.event import ClaimedEvent, Outcome, Status
from tasks import outcomes
from tasks.outcomes import LONGEST_HOLD_SECONDS, HeldRetry
from tests.factories import claim_event, get_event, replay_event
from tests.fakes import FrozenClock
from tests.tasks.conftest import Handle, deliver

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "broker")


def fail(event: ClaimedEvent) -> None:
    raise ConnectionError(f"attempt {event.attempt_number} fails")


def waits(event_id: str, frozen_clock: FrozenClock, *, attempts: int) -> list[float]:
    """Let attempts fail, each as soon as it is due, and return how long the next ones wait."""
    seconds: list[float] = []
    for _ in range(attempts):
        ending = deliver(event_id)
        assert isinstance(ending, Retry), ending
        assert isinstance(ending.when, (int, float))
        seconds.append(ending.when)
        frozen_clock.advance(seconds=seconds[-1])
    return seconds


def test_it_has_another_attempt_follow_a_failure(handle: Handle) -> None:
    event_id = handle(fail)

    assert isinstance(deliver(event_id), HeldRetry)
    event = get_event(event_id)
    assert event.status is Status.RETRYING
    assert event.attempts[0].outcome is Outcome.FAILED
    assert event.attempts[0].error is not None
    assert event.attempts[0].error.message == "attempt 1 fails"


def test_it_hides_the_message_until_the_event_is_due(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail)
    (wait_seconds,) = waits(event_id, frozen_clock, attempts=1)

    event = get_event(event_id)
    assert event.next_attempt_at is not None
    assert event.next_attempt_at - event.updated_at == timedelta(seconds=wait_seconds)


def test_it_waits_longer_each_time_up_to_a_limit(handle: Handle, frozen_clock: FrozenClock) -> None:
    event_id = handle(fail, retry_backoff=2, retry_backoff_max=10, retry_jitter=False)

    assert waits(event_id, frozen_clock, attempts=5) == [2, 4, 8, 10, 10]


def test_it_scatters_the_waits(handle: Handle, frozen_clock: FrozenClock) -> None:
    event_id = handle(fail, retry_backoff=60, max_retries=100)
    seconds = waits(event_id, frozen_clock, attempts=50)

    assert len(set(seconds)) > 10
    assert all(0 <= each <= 600 for each in seconds)


def test_it_waits_for_nothing_where_backoff_is_off(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail, retry_backoff=False)

    assert waits(event_id, frozen_clock, attempts=3) == [0, 0, 0]


@pytest.mark.parametrize("max_retries", [0, 1, 3])
def test_it_stops_when_the_retries_are_used_up(
    max_retries: int, handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail, max_retries=max_retries)
    waits(event_id, frozen_clock, attempts=max_retries)

    assert repr(deliver(event_id)) == "EventDied('ConnectionError')"
    event = get_event(event_id)
    assert (event.status, event.attempt_count) == (Status.DEAD, max_retries + 1)


def test_it_counts_the_retries_of_each_generation_from_the_start(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail, max_retries=1)
    waits(event_id, frozen_clock, attempts=1)
    deliver(event_id)
    replay_event(event_id)

    assert isinstance(deliver(event_id, generation=2), HeldRetry)


@pytest.mark.parametrize(
    "options",
    [
        {"autoretry_for": (ValueError,)},
        {"autoretry_for": ()},
        {"dont_autoretry_for": (OSError,)},
    ],
)
def test_it_retries_only_what_the_handler_wants_retried(
    options: dict[str, Any], handle: Handle
) -> None:
    event_id = handle(fail, **options)

    assert repr(deliver(event_id)) == "EventDied('ConnectionError')"
    assert get_event(event_id).status is Status.DEAD


def test_it_waits_as_long_as_the_handler_says(handle: Handle) -> None:
    def ask(_: ClaimedEvent) -> None:
        raise RetryAfter(42)

    ending = deliver(handle(ask, retry_backoff_max=1))
    assert isinstance(ending, HeldRetry)
    assert ending.when == 42


def test_it_counts_a_wait_that_was_asked_for_as_a_retry(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    def ask(_: ClaimedEvent) -> None:
        raise RetryAfter(1)

    event_id = handle(ask, max_retries=2)
    waits(event_id, frozen_clock, attempts=2)

    assert repr(deliver(event_id)) == "EventDied('RetryAfter')"
    assert get_event(event_id).status is Status.DEAD


def test_it_deletes_the_message_for_a_wait_that_sqs_is_not_to_hold(handle: Handle) -> None:
    def ask(_: ClaimedEvent) -> None:
        raise RetryAfter(LONGEST_HOLD_SECONDS + 1)

    event_id = handle(ask)
    ending = deliver(event_id)

    assert isinstance(ending, Retry)
    assert not isinstance(ending, HeldRetry)
    assert get_event(event_id).status is Status.RETRYING


def test_it_leaves_the_message_to_whoever_took_the_event_over(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    def be_overtaken(event: ClaimedEvent) -> None:
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
        claim_event(event.event_id, message_id="message-2")
        raise ConnectionError

    assert isinstance(deliver(handle(be_overtaken)), HeldRetry)


def retry_by_hand(task: Any, _: ClaimedEvent) -> None:
    raise task.retry(countdown=7, exc=ConnectionError("by hand"))


def test_it_knows_celerys_own_way_to_retry(handle: Handle) -> None:
    event_id = handle(retry_by_hand, bind=True)

    ending = deliver(event_id)
    assert isinstance(ending, HeldRetry)
    assert ending.when == 7
    error = get_event(event_id).attempts[0].error
    assert error is not None
    assert (error.type, error.message) == ("ConnectionError", "by hand")


def test_it_takes_a_time_for_the_wait(handle: Handle) -> None:
    def retry_at(task: Any, _: ClaimedEvent) -> None:
        task.retry(eta=datetime.now(UTC) + timedelta(minutes=5))

    ending = deliver(handle(retry_at, bind=True))
    assert isinstance(ending, HeldRetry)
    assert isinstance(ending.when, float)
    assert 290 < ending.when <= 300


def test_it_tells_a_bound_handler_how_often_it_was_tried(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    seen: list[int] = []

    def note(task: Any, _: ClaimedEvent) -> None:
        seen.append(task.request.retries)
        task.retry(countdown=1)

    waits(handle(note, bind=True), frozen_clock, attempts=3)

    assert seen == [0, 1, 2]


def test_it_stops_a_bound_handler_when_the_retries_are_used_up(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(retry_by_hand, bind=True, max_retries=1)
    waits(event_id, frozen_clock, attempts=1)

    assert repr(deliver(event_id)) == "EventDied('ConnectionError')"
    assert get_event(event_id).status is Status.DEAD


@pytest.mark.parametrize("exc", [None, ConnectionError("by hand")])
def test_it_stops_when_the_retries_are_used_up_that_the_handler_names(
    exc: Exception | None, handle: Handle, frozen_clock: FrozenClock
) -> None:
    def retry_once(task: Any, _: ClaimedEvent) -> None:
        task.retry(countdown=1, max_retries=1, exc=exc)

    event_id = handle(retry_once, bind=True, max_retries=5)
    waits(event_id, frozen_clock, attempts=1)
    deliver(event_id)

    event = get_event(event_id)
    assert (event.status, event.attempt_count) == (Status.DEAD, 2)


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), -1.0])
def test_it_refuses_a_wait_that_is_none_and_goes_on(seconds: float, handle: Handle) -> None:
    def ask(_: ClaimedEvent) -> None:
        raise RetryAfter(seconds)

    event_id = handle(ask)

    assert isinstance(deliver(event_id), HeldRetry)
    error = get_event(event_id).attempts[0].error
    assert error is not None
    assert error.type == "ValueError"


def test_it_lets_a_handler_lower_its_limit_but_not_raise_it(handle: Handle) -> None:
    def ask(task: Any, _: ClaimedEvent) -> None:
        raise task.retry(countdown=0, max_retries=5)

    event_id = handle(ask, bind=True, max_retries=1)
    deliver(event_id)
    deliver(event_id)

    event = get_event(event_id)
    assert event.status is Status.DEAD
    assert [attempt.outcome for attempt in event.attempts] == [Outcome.FAILED] * 2


def test_it_does_not_count_an_attempt_that_a_stopping_worker_gave_back(handle: Handle) -> None:
    event_id = handle(lambda _: "done", max_retries=0)
    outcomes.postpone(claim_event(event_id), outcomes.WorkerStopped("stopped"), 0)

    deliver(event_id)

    event = get_event(event_id)
    assert event.status is Status.SUCCEEDED
    assert [attempt.outcome for attempt in event.attempts] == [Outcome.STOPPED, Outcome.SUCCEEDED]
