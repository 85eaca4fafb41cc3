import asyncio
import json
from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, Retry
from django.conf import settings

from events import services
from events.errors import EventNotFound, PermanentError
from events.event import ClaimedEvent, Outcome, Status
from tasks.dispatch import REPLAY_TASK
from tasks.outcomes import RESULT_LIMIT_BYTES, HeldRetry
from tests.factories import claim_event, get_event, make_dead_event, make_succeeded_event
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock
from tests.tasks.conftest import FakeBroker, Handle, deliver

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "broker")


def fail(event: ClaimedEvent) -> None:
    raise ValueError(f"attempt {event.attempt_number} fails")


def test_it_gives_the_handler_the_event(handle: Handle) -> None:
    seen: list[ClaimedEvent] = []
    event_id = handle(seen.append)

    assert deliver(event_id) is None
    assert [(event.event_id, event.attempt_number) for event in seen] == [(event_id, 1)]
    assert seen[0].payload == {"total": 12.50}


def test_it_records_what_the_handler_returned(handle: Handle) -> None:
    event_id = handle(lambda _: {"sum": [1, "ü", None]})
    deliver(event_id)

    event = get_event(event_id)
    assert event.status is Status.SUCCEEDED
    assert json.loads(event.result_json or "") == {"sum": [1, "ü", None]}


def test_it_succeeds_with_a_type_that_nobody_handles() -> None:
    event_id = services.accept_event(event_type="x.y", payload_json="{}", tenant="acme").event_id
    deliver(event_id)

    assert get_event(event_id).status is Status.SUCCEEDED


def test_it_names_the_worker(handle: Handle) -> None:
    event_id = handle(lambda _: None)
    deliver(event_id)

    attempt = get_event(event_id).attempts[0]
    assert (attempt.worker, attempt.version) == (settings.WORKER_NAME, settings.VERSION)


def endless() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (object(), "not JSON"),
        (float("nan"), "not JSON"),
        ({(1, 2): 3}, "not JSON"),
        (endless(), "not JSON"),
        ("x" * RESULT_LIMIT_BYTES, f"the limit is {RESULT_LIMIT_BYTES}"),
    ],
    ids=["object", "nan", "key", "endless", "large"],
)
def test_it_succeeds_though_the_result_cannot_be_kept(
    result: Any, reason: str, handle: Handle
) -> None:
    event_id = handle(lambda _: result)

    assert deliver(event_id) is None
    event = get_event(event_id)
    assert event.status is Status.SUCCEEDED
    assert reason in json.loads(event.result_json or "")["omitted"]


@pytest.mark.parametrize(
    ("result", "kept"),
    [("file \udcff.txt", '"file ?.txt"'), ("café \U0001f600", '"café \U0001f600"')],
)
def test_it_keeps_of_a_result_only_text_that_can_be_stored(
    result: str, kept: str, handle: Handle
) -> None:
    event_id = handle(lambda _: result)
    deliver(event_id)

    assert get_event(event_id).result_json == kept


def test_it_never_runs_a_handler_again_after_success(handle: Handle) -> None:
    runs: list[ClaimedEvent] = []
    event_id = handle(runs.append)
    for message_id in ("message-1", "message-1", "message-2"):
        assert deliver(event_id, message_id=message_id) is None

    assert len(runs) == 1


def test_it_gives_back_a_message_whose_event_is_at_work(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail)
    claim_event(event_id)
    frozen_clock.advance(seconds=5)

    ending = deliver(event_id)
    assert isinstance(ending, HeldRetry)
    assert ending.when == settings.LEASE_SECONDS - 5


def test_it_drops_a_second_message_of_an_event_at_work(handle: Handle) -> None:
    event_id = handle(fail)
    claim_event(event_id)

    assert deliver(event_id, message_id="message-2") is None


def test_it_drops_messages_of_what_has_ended_or_is_gone(broker: FakeBroker) -> None:
    assert deliver(make_succeeded_event()) is None
    assert deliver(make_dead_event(), generation=7) is None
    assert deliver("01a209f8-a0bd-7743-8c8d-8d47b635fab4") is None
    assert broker.sent == []


def test_it_leaves_the_event_to_whoever_took_it_over(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    def be_overtaken(event: ClaimedEvent) -> str:
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
        claim_event(event.event_id, message_id="message-2")
        return "late"

    event_id = handle(be_overtaken)

    assert isinstance(deliver(event_id), HeldRetry)
    event = get_event(event_id)
    assert (event.status, event.result_json) == (Status.PROCESSING, None)


def test_it_writes_nothing_over_the_event_that_a_failing_attempt_lost(
    handle: Handle, frozen_clock: FrozenClock, broker: FakeBroker
) -> None:
    def be_overtaken(event: ClaimedEvent) -> None:
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
        claim_event(event.event_id, message_id="message-2")
        assert not event.still_owned()
        raise EventNotFound

    event_id = handle(be_overtaken, max_retries=0)
    deliver(event_id)

    attempts = get_event(event_id).attempts
    assert [attempt.outcome for attempt in attempts] == [Outcome.LOST, None]
    assert broker.sent == []


def test_it_gives_the_message_back_while_the_store_is_away(
    handle: Handle, dynamodb: FakeDynamoDB
) -> None:
    runs: list[ClaimedEvent] = []
    event_id = handle(runs.append)
    dynamodb.is_away = True

    assert isinstance(deliver(event_id), HeldRetry)
    assert runs == []


def test_it_gives_the_message_back_if_the_outcome_could_not_be_recorded(
    handle: Handle, dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    def lose_the_store(_: ClaimedEvent) -> None:
        dynamodb.is_away = True

    event_id = handle(lose_the_store)
    assert isinstance(deliver(event_id), HeldRetry)

    dynamodb.is_away = False
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    assert claim_event(event_id).attempt_number == 2


def test_it_runs_the_handler_once_though_every_answer_is_lost(
    handle: Handle, dynamodb: FakeDynamoDB
) -> None:
    runs: list[ClaimedEvent] = []
    event_id = handle(runs.append)
    dynamodb.fail_next(Fault.LOSE_ANSWER, None, Fault.LOSE_ANSWER)

    assert deliver(event_id) is None
    assert len(runs) == 1
    assert get_event(event_id).status is Status.SUCCEEDED


def test_it_copies_a_dead_event_to_the_dead_letter_queue(
    handle: Handle, broker: FakeBroker
) -> None:
    event_id = handle(fail, max_retries=0)

    assert repr(deliver(event_id)) == "EventDied('ValueError')"
    assert get_event(event_id).status is Status.DEAD
    assert [(sent.name, sent.args, sent.queue) for sent in broker.sent] == [
        (REPLAY_TASK, [event_id, 1], settings.DEAD_LETTER_QUEUE)
    ]


def test_it_copies_again_what_may_not_have_been_copied(broker: FakeBroker) -> None:
    event_id = make_dead_event()

    assert deliver(event_id) is None
    assert [sent.args for sent in broker.sent] == [[event_id, 1]]


def test_it_keeps_the_message_until_the_copy_is_sent(handle: Handle, broker: FakeBroker) -> None:
    event_id = handle(fail, max_retries=0)
    broker.is_away = True
    assert isinstance(deliver(event_id), HeldRetry)

    broker.is_away = False
    assert deliver(event_id) is None
    assert [sent.args for sent in broker.sent] == [[event_id, 1]]


def test_it_sends_nothing_for_a_failure_that_another_attempt_follows(
    handle: Handle, broker: FakeBroker
) -> None:
    deliver(handle(fail))

    assert broker.sent == []


def test_it_buries_an_event_whose_last_attempt_vanished(
    handle: Handle, frozen_clock: FrozenClock
) -> None:
    runs: list[ClaimedEvent] = []
    event_id = handle(runs.append, max_retries=1)
    for _ in range(2):
        claim_event(event_id)
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    deliver(event_id)

    assert runs == []
    event = get_event(event_id)
    assert event.status is Status.DEAD
    assert [attempt.outcome for attempt in event.attempts[:2]] == [Outcome.LOST, Outcome.LOST]


def test_it_survives_an_error_that_cannot_be_printed(handle: Handle) -> None:
    class Unprintable(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def raise_it(_: ClaimedEvent) -> None:
        raise Unprintable

    event_id = handle(raise_it, max_retries=0)
    deliver(event_id)

    assert get_event(event_id).status is Status.DEAD


@pytest.mark.parametrize(
    "error",
    [SystemExit(2), asyncio.CancelledError(), KeyboardInterrupt(), GeneratorExit()],
    ids=repr,
)
def test_it_takes_what_ends_a_thread_for_a_failure_of_the_handler(
    error: BaseException, handle: Handle
) -> None:
    def end(_: ClaimedEvent) -> None:
        raise error

    event_id = handle(end)
    deliver(event_id)

    event = get_event(event_id)
    assert event.status is Status.RETRYING
    assert event.attempts[0].error is not None
    assert event.attempts[0].error.message == f"the handler ended with {error!r}"


@pytest.mark.parametrize(
    "error", [Reject(requeue=True), Ignore(), Retry("later"), MemoryError()], ids=repr
)
def test_it_tells_celery_of_no_error_that_it_would_act_upon(
    error: Exception, handle: Handle
) -> None:
    def raise_it(_: ClaimedEvent) -> None:
        raise error

    event_id = handle(raise_it, max_retries=0)

    assert repr(deliver(event_id)) == f"EventDied('{type(error).__name__}')"
    assert get_event(event_id).status is Status.DEAD


def test_it_buries_at_once_what_the_handler_calls_permanent(handle: Handle) -> None:
    def give_up(_: ClaimedEvent) -> None:
        raise PermanentError("no such customer")

    event_id = handle(give_up)
    deliver(event_id)

    event = get_event(event_id)
    assert (event.status, event.attempt_count) == (Status.DEAD, 1)
