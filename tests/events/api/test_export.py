import json
import re
from typing import Any

import pytest

from events import queries, services
from events.api.caller import Caller
from events.api.exporting import EXPORTS_AT_ONCE, Place
from events.api.views import view
from events.api_key import ALL_SCOPES, Scope
from events.queries import exporting as pages
from tests.events.api.conftest import APIClient
from tests.factories import TENANT, accept_event, make_dead_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "caller")

CALLER = Caller(tenant=TENANT, key_id="evp_ab12cd34")


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "find_event_type", lambda _: None)
    call_as(monkeypatch, CALLER)


def call_as(monkeypatch: pytest.MonkeyPatch, caller: Caller) -> None:
    monkeypatch.setattr(view, "identify", lambda _: caller)


@pytest.fixture
def api() -> APIClient:
    """Ask the API with the real domain behind it."""
    return APIClient(raise_request_exception=False)


def export(api: APIClient, query: str = "") -> Any:
    answer = api.get(f"/events/export{query}")
    assert answer.status_code == 200, answer.content
    # Read to its end, it is closed.
    return b"".join(answer.streaming_content)


def lines_of(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.splitlines() if line]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE_SIZE", 3)


@pytest.mark.usefixtures("short_pages")
def test_it_ends_with_a_line_that_says_that_these_are_all(api: APIClient) -> None:
    accepted = [accept_event() for _ in range(7)]

    *events, end = lines_of(export(api))

    assert sorted(each["event_id"] for each in events) == sorted(accepted)
    assert end == {"complete": True, "count": 7, "code": None, "next": None}


def test_its_lines_are_events_as_they_are_shown(api: APIClient) -> None:
    event_id = make_dead_event(payload_json='{"total": 12.50}')

    body = export(api)

    assert b'"payload":{"total": 12.50}' in body
    assert lines_of(body)[0] == api.get(f"/events/{event_id}").json()


def test_it_exports_what_the_filter_means(api: APIClient) -> None:
    accept_event()
    accept_event(tenant="globex")
    dead = make_dead_event()

    event, end = lines_of(export(api, "?status=dead&event_type=order.created"))

    assert (event["event_id"], end["count"]) == (dead, 1)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b'\n{"complete":true,"code":null,"next":null,"count":0}\n'),
        ("?format=cloudevents", b"\n[]\n"),
    ],
)
def test_it_exports_nothing_as_such(api: APIClient, query: str, body: bytes) -> None:
    assert export(api, query) == body


def test_it_says_what_is_erased(api: APIClient) -> None:
    event_id = make_dead_event()
    services.erase_payload(event_id=event_id, actor="ada")

    event, _ = lines_of(export(api))
    [cloudevent] = json.loads(export(api, "?format=cloudevents"))

    assert (event["payload"], event["is_erased"]) == (None, True)
    assert (cloudevent["erased"], "data" in cloudevent) == (True, False)


@pytest.mark.usefixtures("short_pages")
def test_cloudevents_can_be_posted_as_they_come(api: APIClient) -> None:
    payloads = [f'{{"total": {number}.50}}' for number in range(7)]
    for payload in payloads:
        accept_event(payload_json=payload, subject="42", source="shop")

    body = export(api, "?format=cloudevents")
    answers = [
        api.post("/events/batch", body, "application/cloudevents-batch+json").json()
        for _ in range(2)
    ]

    assert [answer["failed_count"] for answer in answers] == [0, 0]
    assert [{each["repeated"] for each in answer["results"]} for answer in answers] == [
        {False},
        {True},
    ]
    again = [
        api.get(f"/events/{each['event_id']}").content.decode() for each in answers[0]["results"]
    ]
    assert sorted(re.findall(r'"payload":(\{[^}]*\})', "".join(again))) == payloads
    assert all('"source":"shop","subject":"42"' in each for each in again)


def test_lines_can_be_posted_once_they_are_events_of_a_client(api: APIClient) -> None:
    event_id = accept_event(subject="42")
    *events, _ = lines_of(export(api))

    names = ("event_type", "source", "subject", "payload")
    entries = [
        {name: each[name] for name in names} | {"idempotency_key": each["event_id"]}
        for each in events
    ]
    lines = "\n".join(map(json.dumps, entries))
    answer = api.post("/events/batch", lines, "application/x-ndjson").json()

    (result,) = answer["results"]
    assert (answer["failed_count"], result["event_id"] == event_id) == (0, False)
    assert api.get(f"/events/{result['event_id']}").json()["payload"] == {"total": 12.5}


@pytest.fixture
def goes_away(
    monkeypatch: pytest.MonkeyPatch,
    dynamodb: FakeDynamoDB,
    short_pages: None,  # noqa: ARG001  # there are several
) -> list[str]:
    """Let the store go away behind the second page of ten events, once."""
    accepted = [accept_event() for _ in range(10)]
    read = pages.list_events
    reads = []

    def read_two(**options: Any) -> Any:
        reads.append(options)
        dynamodb.is_away = len(reads) == 3
        try:
            return read(**options)
        finally:
            dynamodb.is_away = False

    monkeypatch.setattr(pages, "list_events", read_two)
    return accepted


def test_it_says_that_it_was_cut_off_and_goes_on(api: APIClient, goes_away: list[str]) -> None:
    *first, end = lines_of(export(api))
    *rest, last = lines_of(export(api, f"?cursor={end['next']}"))

    assert (end["complete"], end["count"], end["code"]) == (False, 6, "store_unavailable")
    assert last["complete"]
    exported = [each["event_id"] for each in first + rest]
    assert exported == sorted(goes_away, reverse=True)


def test_it_logs_which_request_was_cut_off(
    api: APIClient,
    goes_away: list[str],  # noqa: ARG001  # while it is exported
    caplog: pytest.LogCaptureFixture,
) -> None:
    list(api.get("/events/export", headers={"X-Request-ID": "export-1"}))

    lines = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    (cut_off,) = [each for each in lines if each["event"] == "export_cut_off"]
    assert (cut_off["request_id"], cut_off["tenant"]) == ("export-1", TENANT)


def test_cloudevents_that_were_cut_off_are_no_array(
    api: APIClient,
    goes_away: list[str],  # noqa: ARG001  # while it is exported
) -> None:
    body = export(api, "?format=cloudevents")

    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_a_store_that_is_away_at_first_is_a_problem(api: APIClient, dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True
    answers = [api.get("/events/export") for _ in range(EXPORTS_AT_ONCE + 1)]

    # None of them holds a place.
    assert {each.json()["code"] for each in answers} == {"store_unavailable"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?format=csv", "invalid_query"),
        ("?limit=3", "invalid_query"),
        ("?status=gone", "invalid_query"),
        ("?cursor=abc", "invalid_cursor"),
    ],
)
def test_it_refuses_what_it_does_not_know(api: APIClient, query: str, code: str) -> None:
    assert api.get(f"/events/export{query}").json()["code"] == code


def test_so_many_run_at_once(api: APIClient) -> None:
    places = [Place() for _ in range(EXPORTS_AT_ONCE)]
    refused = api.get("/events/export")

    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_exports")
    assert refused.headers["Retry-After"]
    for each in places:
        each.give_back()
        each.give_back()
    assert lines_of(export(api))[-1]["complete"]


def test_asking_for_the_head_alone_exports_nothing(api: APIClient, dynamodb: FakeDynamoDB) -> None:
    dynamodb.calls.clear()
    answer = api.head("/events/export")
    b"".join(answer.streaming_content)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    assert not dynamodb.calls


def test_it_exports_the_types_of_the_key_alone(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_event(event_type="invoice.sent")
    mine = accept_event()
    call_as(monkeypatch, Caller(tenant=TENANT, event_types=("order.*",)))

    assert [each.get("event_id") for each in lines_of(export(api))] == [mine, None]
    refused = api.get("/events/export?event_type=invoice.sent")
    assert refused.json()["code"] == "event_type_not_allowed"


def test_it_needs_the_scope_to_read(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, Caller(tenant=TENANT, scopes=ALL_SCOPES - {Scope.READ}))

    assert api.get("/events/export").json()["code"] == "missing_scope"
