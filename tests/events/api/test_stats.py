import pytest

from events.api.caller import Caller
from events.api.views import view
from tests.events.api.conftest import APIClient


def call_with(monkeypatch: pytest.MonkeyPatch, *scopes: str) -> None:
    caller = Caller(tenant="acme", scopes=frozenset(scopes))
    monkeypatch.setattr(view, "identify", lambda _: caller)


def test_it_shows_the_stats_of_the_tenant(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_with(monkeypatch, "events:read")

    assert api.get("/stats").json() == {
        "tenant": "acme",
        "dead": {"as_of": "2026-01-02T03:04:05.000060Z", "count": 0},
    }


def test_it_shows_staff_what_belongs_to_no_tenant(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_with(monkeypatch, "events:read", "staff")

    (worker,) = api.get("/stats").json()["workers"]["seen"]
    assert worker["last_seen"] == "2026-01-02T03:04:05.000060Z"


def test_it_shows_everything_where_keys_are_optional(api: APIClient) -> None:
    assert {"tenant", "dead", "workers"} <= api.get("/stats").json().keys()
