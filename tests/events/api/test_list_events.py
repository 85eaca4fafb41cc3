from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.signing import b64_decode
from pytest_django import Settings

from events import errors, queries
from events.api.caller import Caller
from events.api.views import view
from events.event import Event, Status
from events.queries import EventFilter, EventPage
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import RECEIVED_AT, FakeDomain, make_event

KEY = "2026-01-02T03:04:05.000060Z#019b7f3c-0000-7000-8000-000000000001"


class FakeList:
    """What ``queries.list_events`` answers; keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.events: tuple[Event, ...] = ()
        self.next_key: str | None = None
        self.error: Exception | None = None

    def list_events(self, **asked: Any) -> EventPage:
        self.asked = asked
        if self.error is not None:
            raise self.error
        return EventPage(events=self.events, next_key=self.next_key)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> FakeList:
    fake = FakeList()
    monkeypatch.setattr(queries, "list_events", fake.list_events)
    return fake


def call_as(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "identify", lambda _: caller)


def next_of(api: APIClient, listed: FakeList, query: str = "") -> str:
    listed.next_key = KEY
    return str(api.get(f"/events?{query}").json()["next"])


def faults_of(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_query")
    return [(each["parameter"], each["code"]) for each in answer.json()["errors"]]


def test_it_shows_events_without_payload_and_attempts(
    api: APIClient, listed: FakeList, domain: FakeDomain
) -> None:
    event = domain.event = make_event(result_json='{"n": 1.10}', status=Status.SUCCEEDED)
    listed.events = (event, make_event(event_id="2"))

    answer = api.get("/events")

    shown = api.get(f"/events/{event.event_id}").json()
    del shown["payload"], shown["attempts"]
    assert answer.status_code == 200
    assert answer.json()["events"][0] == shown
    assert answer.json()["events"][1]["event_id"] == "2"
    assert answer.json()["next"] is None
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_asks_for_the_newest_fifty_of_the_tenant(api: APIClient, listed: FakeList) -> None:
    api.get("/events")

    assert listed.asked == {
        "tenants": ["default"],
        "event_filter": EventFilter(),
        "before": None,
        "limit": 50,
    }


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("event_type=order.created", {"event_type": "order.created"}),
        ("status=dead", {"status": Status.DEAD}),
        ("source=shop%20%C3%A9", {"source": "shop é"}),
        ("subject=order/7", {"subject": "order/7"}),
        ("idempotency_key=a+b", {"idempotency_key": "a b"}),
        ("received_after=2026-01-02T04:04:05.00006%2B01:00", {"received_after": RECEIVED_AT}),
        ("received_before=2026-01-02t03:04:05.000060z", {"received_before": RECEIVED_AT}),
    ],
)
def test_it_narrows_the_list(
    api: APIClient, listed: FakeList, *, query: str, asked: dict[str, Any]
) -> None:
    assert api.get(f"/events?{query}").status_code == 200
    assert listed.asked["event_filter"] == EventFilter(**asked)


def test_it_takes_a_limit(api: APIClient, listed: FakeList) -> None:
    api.get("/events?limit=200")

    assert listed.asked["limit"] == 200


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("colour=red", [("colour", "unknown_parameter")]),
        ("status=lost", [("status", "unknown_status")]),
        ("status=", [("status", "unknown_status")]),
        ("status=dead&status=pending", [("status", "repeated")]),
        ("event_type=order..created", [("event_type", "ill_formed")]),
        ("event_type=order.*", [("event_type", "ill_formed")]),
        ("event_type=", [("event_type", "empty")]),
        ("source=", [("source", "empty")]),
        (f"subject={'x' * 257}", [("subject", "too_long")]),
        ("idempotency_key=%C3%A9", [("idempotency_key", "ill_formed")]),
        ("idempotency_key=", [("idempotency_key", "ill_formed")]),
        ("limit=0", [("limit", "out_of_range")]),
        ("limit=201", [("limit", "out_of_range")]),
        ("limit=-1", [("limit", "not_a_number")]),
        ("limit=1e2", [("limit", "not_a_number")]),
        ("limit=%D9%A1", [("limit", "not_a_number")]),
        (f"limit={'9' * 5_000}", [("limit", "not_a_number")]),
        ("received_after=yesterday", [("received_after", "not_a_time")]),
        ("received_after=2026-01-02T03:04:05", [("received_after", "not_a_time")]),
        ("received_after=2026-02-30T03:04:05Z", [("received_after", "not_a_time")]),
        ("received_after=0001-01-01T00:00:00%2B01:00", [("received_after", "not_a_time")]),
        (
            "received_after=2026-01-02T00:00:00Z&received_before=2026-01-02T00:00:00Z",
            [("received_before", "empty_window")],
        ),
        ("a=1&limit=x", [("limit", "not_a_number"), ("a", "unknown_parameter")]),
    ],
)
def test_it_names_each_parameter_at_fault(
    *, api: APIClient, query: str, faults: list[tuple[str, str]]
) -> None:
    assert faults_of(api.get(f"/events?{query}")) == faults


def test_it_refuses_a_query_without_end(api: APIClient) -> None:
    assert faults_of(api.get("/events?" + "a=1&" * 2_000)) == [("", "too_many")]
    assert len(faults_of(api.get("/events?" + "".join(f"a{i}=1&" for i in range(900))))) == 100


def test_it_lists_the_known_statuses(api: APIClient) -> None:
    (fault,) = api.get("/events?status=lost").json()["errors"]

    known = "pending, processing, retrying, succeeded, dead"
    assert fault["message"] == f"It must be one of {known}."


def test_it_tells_of_a_plus_that_became_a_blank(api: APIClient) -> None:
    answer = api.get("/events?received_after=2026-01-02T03:04:05+01:00")

    (fault,) = answer.json()["errors"]
    assert "%2B" in fault["message"]


def test_it_goes_on_from_a_cursor(api: APIClient, listed: FakeList) -> None:
    query = "status=dead&received_after=2026-01-02T03:04:05Z"
    cursor = next_of(api, listed, query)
    # The limit is no part of it, nor is how a time is written.
    same = "limit=7&received_after=2026-01-02T04:04:05%2B01:00&status=dead"

    assert api.get(f"/events?cursor={cursor}&{same}").status_code == 200
    assert listed.asked["before"] == KEY


def test_its_cursor_is_opaque(api: APIClient, listed: FakeList) -> None:
    sealed = b64_decode(next_of(api, listed).encode())

    assert KEY.encode() not in sealed
    assert b"2026" not in sealed


def test_it_refuses_a_cursor_that_was_changed(api: APIClient, listed: FakeList) -> None:
    cursor = next_of(api, listed)

    for place in range(len(cursor)):
        changed = cursor[:place] + ("a" if cursor[place] != "a" else "b") + cursor[place + 1 :]
        answer = api.get(f"/events?cursor={changed}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
        assert answer.json()["parameter"] == "cursor"


@pytest.mark.parametrize(
    "cursor", ["", "%20", ".", "x", "%F0%9F%99%82", "%00", "a.b.c", "x" * 10_000]
)
def test_it_refuses_what_is_no_cursor(api: APIClient, cursor: str) -> None:
    answer = api.get(f"/events?cursor={cursor}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert "begin again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("source=%ff", "source"),
        ("subject=a%C3&limit=5", "subject"),
        ("%ff=1", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_it_names_what_is_no_utf8(api: APIClient, query: str, parameter: str) -> None:
    answer = api.get(f"/events?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_query")
    faults = [each for each in answer.json()["errors"] if each["code"] == "invalid_utf8"]
    assert [each["parameter"] for each in faults] == [parameter]


def test_it_takes_a_replacement_character_that_was_meant(api: APIClient, listed: FakeList) -> None:
    assert api.get("/events?source=%EF%BF%BD").status_code == 200
    assert listed.asked["event_filter"].source == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("other", ["", "status=pending", "status=dead&source=shop"])
def test_it_refuses_the_cursor_of_another_filter(
    api: APIClient, listed: FakeList, other: str
) -> None:
    cursor = next_of(api, listed, "status=dead")

    assert api.get(f"/events?cursor={cursor}&{other}").json()["code"] == "invalid_cursor"


def test_it_refuses_the_cursor_of_another_tenant(
    api: APIClient, listed: FakeList, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = next_of(api, listed)
    call_as(Caller(tenant="globex"), monkeypatch)

    assert api.get(f"/events?cursor={cursor}").json()["code"] == "invalid_cursor"


def test_its_cursors_outlive_a_change_of_the_secret_key(
    api: APIClient, listed: FakeList, settings: Settings
) -> None:
    cursor = next_of(api, listed)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "x" * 50

    assert api.get(f"/events?cursor={cursor}").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert api.get(f"/events?cursor={cursor}").json()["code"] == "invalid_cursor"


def test_it_shows_a_key_only_the_types_it_may_use(
    api: APIClient, listed: FakeList, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(tenant="acme", event_types=("order.*",))
    cursor = next_of(api, listed)
    call_as(caller, monkeypatch)
    api.get("/events")

    assert listed.asked["event_filter"] == EventFilter(event_types=("order.*",))
    assert api.get("/events?event_type=order.paid").status_code == 200
    assert api.get("/events?event_type=invoice.sent").status_code == 403
    call_as(replace(caller, tenant="default"), monkeypatch)
    assert api.get(f"/events?cursor={cursor}").status_code == 200


def test_it_needs_the_scope_to_read(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(Caller(tenant="acme", scopes=frozenset({"events:write"})), monkeypatch)

    assert api.get("/events").status_code == 403


def test_it_says_when_the_store_is_away(api: APIClient, listed: FakeList) -> None:
    listed.error = errors.StoreThrottled()

    answer = api.get("/events")

    assert (answer.status_code, answer.json()["code"]) == (503, "store_throttled")
    assert answer.headers["Retry-After"] == "2"


def test_it_answers_head_without_a_body(api: APIClient, listed: FakeList) -> None:
    listed.events = (make_event(),)

    answer = api.head("/events")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 100


def test_it_takes_a_time_far_away(api: APIClient, listed: FakeList) -> None:
    api.get("/events?received_before=9999-12-31T23:59:59Z&received_after=0001-01-01T00:00:00Z")

    asked = listed.asked["event_filter"]
    assert asked.received_before - asked.received_after > timedelta(days=3_000_000)
    assert asked.received_after == datetime(1, 1, 1, tzinfo=UTC)
