import json
from typing import Any

import pytest
from pytest_django import Settings

from events.api.caller import Caller
from events.api.views import view
from events.api_key import Scope
from events.services import advance_replay_plan
from tests.events.api.conftest import APIClient
from tests.events.replay_plans.making import make_dead_events, make_plan
from tests.factories import TENANT, make_dead_event

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "caller")

ASKED: dict[str, Any] = {"filter": {"event_type": "order.created"}, "reason": "bug fixed"}


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch)


@pytest.fixture
def api() -> APIClient:
    """Ask the API with the real domain behind it."""
    return APIClient(raise_request_exception=False)


def call_as(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    made = Caller(**{"tenant": TENANT, "key_id": "evp_ab12cd34"} | fields)
    monkeypatch.setattr(view, "identify", lambda _: made)


def post(api: APIClient, path: str, body: Any = None) -> Any:
    return api.post(path, json.dumps(body), "application/json")


def faults_of(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_replay")
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def test_it_makes_a_plan(api: APIClient) -> None:
    make_dead_events(2)

    answer = post(api, "/replays", {**ASKED, "rate": 7.0, "confirm_count": None})

    plan = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/replays/{plan['plan_id']}"
    assert (plan["state"], plan["actor"], plan["rate"]) == ("running", "evp_ab12cd34", 7)
    assert plan["expected"] == {"count": 2, "is_exact": True}
    assert plan["filter"].items() >= {"event_type": "order.created", "status": "dead"}.items()


def test_it_shows_how_far_a_plan_has_come(api: APIClient) -> None:
    make_dead_events(3)
    plan_id = post(api, "/replays", {**ASKED, "rate": 2}).json()["plan_id"]
    advance_replay_plan(plan_id, tenant=TENANT)

    plan = api.get(f"/replays/{plan_id}").json()

    assert (plan["replayed"], plan["examined"], plan["unsettled"]) == (2, 2, 2)
    assert plan["skipped"] == {"open": 0, "changed": 0, "erased": 0, "expired": 0}
    assert api.get("/replays").json() == {"replays": [plan]}


def test_it_only_tells_in_a_dry_run(api: APIClient, settings: Settings) -> None:
    settings.REPLAY_CONFIRM_ABOVE = 6
    dead = make_dead_events(7)

    answer = post(api, "/replays", {**ASKED, "dry_run": True})

    preview = answer.json()
    assert answer.status_code == 200
    assert preview["expected"] == {"count": 7, "is_exact": True}
    assert preview["needs_confirmation"] is True
    assert [each["event_id"] for each in preview["sample"]] == dead[:5]
    assert api.get("/replays").json() == {"replays": []}


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({}, [("/filter", "required"), ("/reason", "required")]),
        ({**ASKED, "reason": ""}, [("/reason", "empty")]),
        ({**ASKED, "rate": 0}, [("/rate", "out_of_range")]),
        ({**ASKED, "rate": 1_001}, [("/rate", "out_of_range")]),
        ({**ASKED, "rate": 1.5}, [("/rate", "not_a_number")]),
        ({**ASKED, "rate": "7"}, [("/rate", "not_a_number")]),
        ({**ASKED, "confirm_count": "many"}, [("/confirm_count", "not_a_number")]),
        ({**ASKED, "filter": {"status": "pending"}}, [("/filter/status", "unsupported")]),
        ({**ASKED, "filter": {"tenant": "globex"}}, [("/filter/tenant", "unknown_field")]),
        (
            {**ASKED, "filter": {"received_after": "yesterday"}},
            [("/filter/received_after", "not_a_time")],
        ),
        (
            {**ASKED, "filter": {"error_fingerprint": "x"}},
            [("/filter/error_fingerprint", "ill_formed")],
        ),
    ],
)
def test_it_names_every_fault(
    api: APIClient, asked: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert faults_of(post(api, "/replays", asked)) == faults


def test_it_refuses_an_empty_filter(api: APIClient) -> None:
    answer = post(api, "/replays", {**ASKED, "filter": {}})

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_replay_filter")


def test_it_refuses_so_many_events_without_confirmation(api: APIClient, settings: Settings) -> None:
    settings.REPLAY_CONFIRM_ABOVE = 1
    make_dead_events(2)

    answer = post(api, "/replays", ASKED)

    assert (answer.status_code, answer.json()["code"]) == (409, "replay_not_confirmed")
    assert (answer.json()["count"], answer.json()["is_exact"]) == (2, True)
    assert post(api, "/replays", {**ASKED, "confirm_count": 2}).status_code == 202


def test_it_refuses_a_plan_that_overlaps_and_names_the_other(api: APIClient) -> None:
    plan = make_plan()

    answer = post(api, "/replays", ASKED)

    assert (answer.status_code, answer.json()["code"]) == (409, "replay_plan_overlaps")
    assert answer.json()["plan_id"] == plan.plan_id


def test_it_pauses_resumes_and_aborts(api: APIClient) -> None:
    path = f"/replays/{make_plan().plan_id}"

    answers = [post(api, f"{path}/{action}") for action in ("pause", "resume", "abort")]

    assert [each.status_code for each in answers] == [200, 200, 200]
    assert [each.json()["state"] for each in answers] == ["paused", "running", "aborted"]
    assert answers[0].json()["changed_by"] == "evp_ab12cd34"


def test_it_changes_no_plan_that_has_ended(api: APIClient) -> None:
    path = f"/replays/{make_plan().plan_id}"
    post(api, f"{path}/abort")

    answer = post(api, f"{path}/resume")

    assert (answer.status_code, answer.json()["code"]) == (409, "replay_plan_has_ended")
    assert answer.json()["state"] == "aborted"


@pytest.mark.parametrize("plan_id", ["no-id", "%00", "🙂", "x" * 2_000])
def test_it_knows_no_plan_of_an_unknown_id(api: APIClient, plan_id: str) -> None:
    for answer in (api.get(f"/replays/{plan_id}"), post(api, f"/replays/{plan_id}/pause")):
        assert (answer.status_code, answer.json()["code"]) == (404, "replay_plan_not_found")


def test_it_knows_no_plan_of_another_tenant(api: APIClient) -> None:
    plan = make_plan(tenant="globex")

    assert api.get(f"/replays/{plan.plan_id}").status_code == 404
    assert api.get("/replays").json() == {"replays": []}


def test_it_needs_the_scope(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, scopes=frozenset({Scope.READ, Scope.WRITE, Scope.STAFF}))
    path = f"/replays/{make_plan().plan_id}"

    answers = [
        api.get("/replays"),
        api.get(path),
        post(api, "/replays", ASKED),
        post(api, f"{path}/abort"),
        post(api, f"/events/{make_dead_event()}/replay", {"reason": "why"}),
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "missing_scope")}


def test_it_keeps_a_key_to_its_event_types(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(rate=1)
    paid = make_dead_event(event_type="refund.paid", source="shop")
    make_dead_event(source="shop")
    call_as(monkeypatch, event_types=("refund.*",))

    assert post(api, "/replays", ASKED).json()["code"] == "event_type_not_allowed"
    assert api.get(f"/replays/{plan.plan_id}").status_code == 404
    made = post(api, "/replays", {**ASKED, "filter": {"source": "shop"}, "dry_run": True})
    assert [each["event_id"] for each in made.json()["sample"]] == [paid]
    answer = post(api, f"/events/{make_dead_event()}/replay", {"reason": "why"})
    assert answer.json()["code"] == "event_type_not_allowed"


def test_it_shows_a_key_the_plans_for_its_types(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_as(monkeypatch, event_types=("order.*",))
    plan_id = post(api, "/replays", {**ASKED, "filter": {"source": "shop"}}).json()["plan_id"]

    assert [each["plan_id"] for each in api.get("/replays").json()["replays"]] == [plan_id]
