import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from events.event import ClaimedEvent, Outcome, Status
from tasks.ticker import TICK_SECONDS
from tests.factories import accept_event, get_event, race
from tests.fake_dynamodb import FakeDynamoDB
from tests.tasks.conftest import Handle, deliver

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "broker")


def work_for(seconds: float) -> Callable[[ClaimedEvent], None]:
    def work(_: ClaimedEvent) -> None:
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            time.sleep(0.001)

    return work


def test_it_interrupts_a_handler(handle: Handle) -> None:
    event_id = handle(work_for(60), soft_time_limit=0.1)
    deliver(event_id)

    event = get_event(event_id)
    assert (event.status, event.attempts[0].outcome) == (Status.RETRYING, Outcome.TIMED_OUT)


def test_it_retries_though_the_handler_wants_other_errors_retried(handle: Handle) -> None:
    event_id = handle(work_for(60), soft_time_limit=0.1, autoretry_for=(KeyError,))
    deliver(event_id)

    assert get_event(event_id).status is Status.RETRYING


def test_it_leaves_a_handler_alone_that_is_in_time(handle: Handle) -> None:
    event_id = handle(work_for(0.01), soft_time_limit=60)
    deliver(event_id)

    assert get_event(event_id).status is Status.SUCCEEDED


def test_it_lets_the_handler_clean_up_and_end_well(handle: Handle) -> None:
    def save_what_there_is(event: ClaimedEvent) -> str:
        try:
            work_for(60)(event)
        except SoftTimeLimitExceeded:
            return "half of it"
        return "all of it"

    event_id = handle(save_what_there_is, soft_time_limit=0.1)
    deliver(event_id)

    assert get_event(event_id).result_json == '"half of it"'


def test_it_never_strikes_a_write_that_carries_others_along(
    handle: Handle, dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[int] = []
    send = dynamodb.batch_execute_statement

    def note_writer(**call: Any) -> Any:
        writers.append(threading.get_ident())
        return send(**call)

    def ask(event: ClaimedEvent) -> None:
        monkeypatch.setattr(dynamodb, "batch_execute_statement", note_writer)
        assert event.still_owned()
        monkeypatch.setattr(dynamodb, "batch_execute_statement", send)

    deliver(handle(ask, soft_time_limit=60))

    assert len(writers) == 1
    assert threading.get_ident() not in writers


def test_it_interrupts_a_handler_that_asks_for_its_event_again_and_again(handle: Handle) -> None:
    def ask(event: ClaimedEvent) -> None:
        while event.still_owned():
            pass

    event_id = handle(ask, soft_time_limit=0.1)
    deliver(event_id)

    assert get_event(event_id).attempts[0].outcome is Outcome.TIMED_OUT


def test_it_never_hits_what_the_thread_does_next(handle: Handle) -> None:
    # The limit passes while handlers end, some just before it and some just after.
    handle(work_for(TICK_SECONDS), soft_time_limit=TICK_SECONDS / 2)

    def work_at_the_edge(number: int) -> list[Outcome | None]:
        outcomes = []
        for _ in range(6):
            time.sleep(number * TICK_SECONDS / 12)
            event_id = accept_event()
            deliver(event_id)
            go_on()
            outcomes.append(get_event(event_id).attempts[0].outcome)
        return outcomes

    outcomes = {outcome for each in race(work_at_the_edge, runners=12) for outcome in each}
    assert outcomes <= {Outcome.SUCCEEDED, Outcome.TIMED_OUT}


def go_on() -> None:
    for _ in range(20_000):
        pass
