from typing import Any

import pytest

from events import queries
from events.api.caller import Caller
from events.api.views import view
from events.api_key import ALL_SCOPES, Scope
from tests.events.api.conftest import APIClient
from tests.factories import TENANT, accept_event, make_dead_event

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


def erase(api: APIClient, event_id: str, query: str = "") -> Any:
    return api.delete(f"/events/{event_id}/payload{query}")


def test_it_erases_and_shows_that_it_did(api: APIClient) -> None:
    event_id = make_dead_event()
    etag = api.get(f"/events/{event_id}").headers["ETag"]

    answer = erase(api, event_id, "?reason=asked+for")

    assert (answer.status_code, answer.content) == (204, b"")
    shown = api.get(f"/events/{event_id}", headers={"If-None-Match": etag}).json()
    assert (shown["payload"], shown["is_erased"]) == (None, True)
    (erasure,) = shown["erasures"]
    assert (erasure["actor"], erasure["reason"], erasure["generation"]) == (
        "evp_ab12cd34",
        "asked for",
        1,
    )


def test_an_erased_cloudevent_has_no_data(api: APIClient) -> None:
    event_id = make_dead_event(source="/shop", cloudevent_json='{"extensions": {"who": "ada"}}')
    erase(api, event_id)

    answer = api.get(f"/events/{event_id}", headers={"Accept": "application/cloudevents+json"})
    assert answer.status_code == 200
    assert b"ada" not in answer.content


def test_it_refuses_an_open_event(api: APIClient) -> None:
    answer = erase(api, accept_event())

    assert (answer.status_code, answer.json()["code"]) == (409, "event_is_open")


def test_it_says_that_it_was_done_before_and_changes_nothing(api: APIClient) -> None:
    event_id = make_dead_event()
    erase(api, event_id, "?reason=first")
    answer = erase(api, event_id, "?reason=second")

    assert (answer.status_code, answer.json()["code"]) == (409, "payload_erased")
    (erasure,) = api.get(f"/events/{event_id}").json()["erasures"]
    assert erasure["reason"] == "first"


def test_it_takes_the_scope_for_it(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, Caller(tenant=TENANT, scopes=ALL_SCOPES - {Scope.ERASE}))
    answer = erase(api, make_dead_event())

    assert (answer.status_code, answer.json()["scope"]) == (403, "events:erase")


def test_it_takes_a_key_for_the_type(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, Caller(tenant=TENANT, event_types=("user.*",)))
    answer = erase(api, make_dead_event())

    assert (answer.status_code, answer.json()["code"]) == (403, "event_type_not_allowed")


@pytest.mark.parametrize("query", ["?reason=", "?because=x", f"?reason={'x' * 501}"])
def test_it_refuses_a_query_with_faults(api: APIClient, query: str) -> None:
    answer = erase(api, make_dead_event(), query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_query")
