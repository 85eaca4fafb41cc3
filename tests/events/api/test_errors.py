from dataclasses import replace
from typing import Any

import pytest

from events.api.caller import Caller
from events.api.schema import answers
from events.api.views import view
from events.services.error_groups import Tally
from tests.events.api.conftest import APIClient
from tests.factories import ERROR, TENANT, make_dead_event
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "caller")

ADDRESS = f"/errors/{ERROR.fingerprint}"


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch)


@pytest.fixture
def api() -> APIClient:
    """Ask the API with the real domain behind it."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def dead_event(error_tally: Tally, store: None, dispatcher: object) -> str:  # noqa: ARG001  # to die in
    event_id = make_dead_event()
    error_tally.flush()
    return event_id


def come_as(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    made = Caller(**{"tenant": TENANT, "key_id": "evp_ab12cd34"} | fields)
    monkeypatch.setattr(view, "identify", lambda _: made)


def test_it_lists_and_shows_a_group(api: APIClient, dead_event: str) -> None:
    listed = api.get("/errors")

    assert listed.status_code == 200
    answers.ErrorGroups.model_validate_json(listed.content, strict=True)
    (group,) = listed.json()["errors"]
    assert (group["deaths"], group["example_event_id"]) == (1, dead_event)
    assert api.get(ADDRESS).json() == group


@pytest.mark.usefixtures("dead_event")
def test_its_filter_finds_its_events(api: APIClient) -> None:
    wanted = api.get(ADDRESS).json()["replay_filter"]
    others = {**wanted, "error_fingerprint": "0" * 16}

    assert len(api.get("/events", wanted).json()["events"]) == 1
    assert len(api.get("/events", others).json()["events"]) == 0


@pytest.mark.usefixtures("dead_event")
def test_it_shows_a_key_only_what_is_of_its_types(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_as(monkeypatch, event_types=("order.*",))
    assert len(api.get("/errors").json()["errors"]) == 1

    come_as(monkeypatch, event_types=("payroll.*",))
    assert api.get("/errors").json()["errors"] == []
    assert api.get(ADDRESS).json()["code"] == "error_group_not_found"
    refused = api.get("/errors", {"event_type": "order.created"})
    assert (refused.status_code, refused.json()["code"]) == (403, "event_type_not_allowed")


@pytest.mark.usefixtures("dead_event")
def test_it_shows_nothing_of_another_tenant(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_as(monkeypatch, tenant="globex")

    assert api.get("/errors").json()["errors"] == []
    assert api.get(ADDRESS).status_code == 404


def test_it_needs_the_scope_to_read(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch, scopes=frozenset({"events:write"}))

    assert api.get("/errors").json()["scope"] == "events:read"
    assert api.get(ADDRESS).json()["scope"] == "events:read"


def test_it_goes_on_with_the_next_page(
    api: APIClient, error_tally: Tally, frozen_clock: FrozenClock
) -> None:
    for letter in "ab":
        make_dead_event(error=replace(ERROR, fingerprint=letter * 16))
        error_tally.flush()
        frozen_clock.advance(seconds=1)
    first = api.get("/errors", {"limit": 1, "order": "most"}).json()
    second = api.get("/errors", {"limit": 1, "order": "most", "cursor": first["next"]}).json()
    other_list = api.get("/errors", {"limit": 1, "order": "newest", "cursor": first["next"]})

    assert second["next"] is None
    assert other_list.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"order": "least"}, ("order", "unknown_order")),
        ({"limit": "0"}, ("limit", "out_of_range")),
        ({"event_type": "order..created"}, ("event_type", "ill_formed")),
        ({"status": "dead"}, ("status", "unknown_parameter")),
    ],
)
def test_it_refuses_what_it_does_not_know(
    api: APIClient, query: dict[str, str], fault: tuple[str, str]
) -> None:
    answer = api.get("/errors", query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_query")
    (named,) = answer.json()["errors"]
    assert (named["parameter"], named["code"]) == fault


def test_it_says_that_there_is_no_such_group(api: APIClient) -> None:
    answer = api.get("/errors/no-fingerprint")

    assert (answer.status_code, answer.json()["code"]) == (404, "error_group_not_found")
