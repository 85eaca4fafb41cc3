import json
from typing import Any

import pytest

from events import queries
from events.api.caller import Caller
from events.api.views import view
from events.api_key import Scope
from tests.events.api.conftest import APIClient
from tests.factories import TENANT, accept_event

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "caller")

ASKED: dict[str, Any] = {"event_type": "order.created", "reason": "the shop is down"}
TENANTS_OWN = frozenset({Scope.PAUSE, Scope.READ})


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch)


@pytest.fixture
def api() -> APIClient:
    """Ask the API with the real domain behind it."""
    return APIClient(raise_request_exception=False)


def call_as(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    defaults = {"tenant": TENANT, "key_id": "evp_ab12cd34", "scopes": TENANTS_OWN}
    made = Caller(**defaults | fields)
    monkeypatch.setattr(view, "identify", lambda _: made)


def post(api: APIClient, path: str, body: Any) -> Any:
    return api.post(path, json.dumps(body), "application/json")


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_it_pauses_a_type_and_resumes_it(api: APIClient) -> None:
    answer = post(api, "/pauses", ASKED)
    paused = answer.json()
    accept_event()

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/pauses/{paused['pause_id']}"
    assert (paused["tenant"], paused["event_type"]) == (TENANT, "order.created")
    assert (paused["state"], paused["paused_by"]) == ("paused", "evp_ab12cd34")
    shown = api.get(answer.headers["Location"]).json()
    assert shown["waiting"] == {"count": 1, "is_exact": True}
    resumed = post(api, f"{answer.headers['Location']}/resume", {"rate": 7}).json()
    assert (resumed["state"], resumed["rate"], resumed["reason"]) == (
        "draining",
        7,
        "the shop is down",
    )
    assert api.get("/pauses").json()["pauses"] == [resumed]


def test_it_names_what_is_paused_in_stats(api: APIClient) -> None:
    post(api, "/pauses", {"reason": "we are moving"})

    assert api.get("/stats").json()["paused"] == ["acme/*"]
    assert queries.name_pauses() == ["acme/*"]
    assert api.get("/health/ready", REMOTE_ADDR="127.0.0.1").json()["paused"] == ["acme/*"]


def test_it_keeps_a_tenant_to_its_own(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    own = post(api, "/pauses", ASKED).json()
    call_as(monkeypatch, tenant="globex")

    assert code_of(post(api, "/pauses", ASKED | {"all_tenants": True})) == (403, "missing_scope")
    assert api.get("/pauses").json() == {"pauses": []}
    assert code_of(api.get(f"/pauses/{own['pause_id']}")) == (404, "pause_not_found")
    answer = post(api, f"/pauses/{own['pause_id']}/resume", {})
    assert code_of(answer) == (404, "pause_not_found")
    assert [each.state for each in queries.list_pauses()] == ["paused"]


def test_it_shows_a_tenant_what_staff_pauses_for_all(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_as(monkeypatch, tenant="staff", scopes=TENANTS_OWN | {Scope.STAFF})
    for_all = post(api, "/pauses", ASKED | {"all_tenants": True}).json()
    accept_event()
    call_as(monkeypatch)

    (seen,) = api.get("/pauses").json()["pauses"]
    assert (seen["tenant"], seen["waiting"]) == (None, None)
    answer = post(api, f"/pauses/{for_all['pause_id']}/resume", {})
    assert code_of(answer) == (404, "pause_not_found")


def test_it_keeps_a_key_to_its_event_types(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, event_types=("order.*",))

    assert post(api, "/pauses", ASKED).status_code == 202
    for other in ({"event_type": "user.created"}, {"event_type": None}):
        answer = post(api, "/pauses", ASKED | other)
        assert code_of(answer) == (403, "event_type_not_allowed")


def test_it_wants_the_scope(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, scopes=frozenset({Scope.REPLAY, Scope.STAFF}))

    assert code_of(api.get("/pauses")) == (403, "missing_scope")
    assert code_of(post(api, "/pauses", ASKED)) == (403, "missing_scope")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        (ASKED | {"reason": ""}, "/reason"),
        (ASKED | {"event_type": "order.*"}, "/event_type"),
        (ASKED | {"tenant": "globex"}, "/tenant"),
    ],
)
def test_it_names_what_is_wrong(api: APIClient, body: Any, pointer: str) -> None:
    answer = post(api, "/pauses", body)

    assert code_of(answer) == (422, "invalid_pause")
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert queries.list_pauses() == []


def test_it_pauses_not_everything(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_as(monkeypatch, scopes=TENANTS_OWN | {Scope.STAFF})
    answer = post(api, "/pauses", {"reason": "stop", "all_tenants": True})

    assert code_of(answer) == (422, "pauses_everything")


@pytest.mark.parametrize("rate", [0, 1_001, 1.5, "7"])
def test_it_refuses_a_rate_out_of_range(api: APIClient, rate: Any) -> None:
    paused = post(api, "/pauses", ASKED).json()
    answer = post(api, f"/pauses/{paused['pause_id']}/resume", {"rate": rate})

    assert code_of(answer) == (422, "invalid_pause")
    assert queries.get_pause(paused["pause_id"]).state == "paused"
