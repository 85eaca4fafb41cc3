from typing import Any

import pytest

from events.api.caller import Caller
from events.api.schema import answers
from events.api.views import view
from tests.events.api.conftest import APIClient
from tests.factories import TENANT, accept_event, make_dead_event, replay_event

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """Ask the API with the real domain behind it."""
    come_as(monkeypatch)
    return APIClient(raise_request_exception=False)


def come_as(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    made = Caller(**{"tenant": TENANT, "key_id": "evp_ab12cd34"} | fields)
    monkeypatch.setattr(view, "identify", lambda _: made)


def test_it_explains_an_event(api: APIClient) -> None:
    event_id = make_dead_event()
    replay_event(event_id)
    answer = api.get(f"/events/{event_id}/explain")

    assert answer.status_code == 200
    answers.Explanation.model_validate_json(answer.content, strict=True)
    assert answer.json()["reason"] == "replay_waits_for_worker"
    assert answer.json()["facts"]["replay"]["actor"] == "ada"


def test_it_explains_only_what_the_key_may_see(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/events/{accept_event()}/explain"
    come_as(monkeypatch, event_types=("payroll.*",))
    assert api.get(address).json()["code"] == "event_type_not_allowed"

    come_as(monkeypatch, tenant="globex")
    assert api.get(address).json()["code"] == "event_not_found"
    come_as(monkeypatch, scopes=frozenset({"events:write"}))
    assert api.get(address).json()["scope"] == "events:read"
