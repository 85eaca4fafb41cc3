import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import Reject
from structlog.contextvars import bind_contextvars, get_contextvars

from events import tracing
from events.event import ClaimedEvent
from tasks.processing import process_event
from tests.factories import TENANT
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock
from tests.tasks.conftest import FakeBroker, Handle, deliver

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "broker")

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
Lines = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _traced(monkeypatch: pytest.MonkeyPatch) -> None:
    traceparent = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
    monkeypatch.setattr(tracing, "traceparent", lambda: traceparent)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """Return the lines about something, as they stand before they are rendered."""
    caplog.set_level(logging.INFO)

    def read(event: str) -> list[dict[str, Any]]:
        said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        return [each for each in said if each["event"] == event]

    return read


@pytest.mark.parametrize(
    "arguments",
    [(), ("event-1",), ("event-1", "first"), ("event-1", 1, "more"), ("event-1", float("inf"))],
    ids=repr,
)
def test_it_keeps_and_tells_of_a_message_that_says_something_else(
    arguments: tuple[Any, ...], lines: Lines
) -> None:
    delivery = {"sqs_message": {"MessageId": "message-1"}}
    process_event.push_request(properties={"delivery_info": delivery})
    try:
        with pytest.raises(Reject) as rejected:
            process_event.run(*arguments)
    finally:
        process_event.pop_request()

    # To be redriven: deleted, nobody would ever know.
    assert rejected.value.requeue is False
    (line,) = lines("message_unreadable")
    assert (line["level"], line["message_id"]) == ("error", "message-1")
    # Whatever stands in it may be anybody's.
    assert "more" not in f"{line}{rejected.value}"


def fail(event: ClaimedEvent) -> None:
    raise ConnectionError(event.event_id)


def about_attempt(event_id: str, *, number: int = 1) -> dict[str, Any]:
    return {
        "request_id": "request-1",
        "event_id": event_id,
        "generation": 1,
        "attempt": number,
        "tenant": TENANT,
        "trace_id": TRACE_ID,
    }


def test_it_says_of_every_attempt_which_request_it_is_for(
    handle: Handle, lines: Lines, frozen_clock: FrozenClock
) -> None:
    event_id = handle(fail, max_retries=1, retry_backoff=False)
    for _ in range(2):
        deliver(event_id, request_id="request-1")
        frozen_clock.advance(seconds=1)

    (failed,), (died,) = lines("attempt_failed"), lines("event_died")
    assert failed.items() >= about_attempt(event_id).items()
    assert died.items() >= about_attempt(event_id, number=2).items()


def test_it_binds_the_same_to_what_a_handler_logs(handle: Handle) -> None:
    seen: list[dict[str, Any]] = []
    event_id = handle(lambda _: seen.append(get_contextvars()))
    deliver(event_id, request_id="request-1")

    assert seen == [about_attempt(event_id)]


def test_it_names_no_request_where_the_message_has_none(handle: Handle) -> None:
    seen: list[tuple[dict[str, Any], str | None]] = []
    deliver(handle(lambda event: seen.append((get_contextvars(), event.request_id))))

    ((bound, request_id),) = seen
    assert "request_id" not in bound
    assert request_id is None


def test_it_forgets_what_a_handler_has_bound(handle: Handle) -> None:
    before = get_contextvars()
    deliver(handle(lambda _: bind_contextvars(order=7)), request_id="request-1")

    assert get_contextvars() == before


def test_it_says_of_a_refused_message_whose_event_it_names(handle: Handle, lines: Lines) -> None:
    event_id = handle(lambda _: None)
    for _ in range(2):
        deliver(event_id, request_id="request-1")

    (refused,) = lines("message_refused")
    assert refused.items() >= (about_attempt(event_id).items() - {("attempt", 1)})


def test_it_says_of_a_postponed_attempt_which_it_was(
    handle: Handle, lines: Lines, dynamodb: FakeDynamoDB
) -> None:
    def end_the_store(_: ClaimedEvent) -> None:
        dynamodb.is_away = True

    event_id = handle(end_the_store)
    deliver(event_id, request_id="request-1")

    (postponed,) = lines("attempt_postponed")
    assert postponed.items() >= about_attempt(event_id).items()


def test_it_keeps_the_request_in_a_dead_letter(handle: Handle, broker: FakeBroker) -> None:
    event_id = handle(fail, max_retries=0)
    deliver(event_id, request_id="request-1")
    deliver(event_id, request_id="request-1")

    assert [each.options["headers"] for each in broker.sent] == [{"request_id": "request-1"}] * 2
