import pytest

from events.api.caller import Caller
from events.api.views import view
from tests.events.api.conftest import APIClient


def call_with(
    monkeypatch: pytest.MonkeyPatch, *scopes: str, event_types: tuple[str, ...] = ()
) -> None:
    caller = Caller(tenant="acme", scopes=frozenset(scopes), event_types=event_types)
    monkeypatch.setattr(view, "identify", lambda _: caller)


def test_it_shows_the_stats_of_the_tenant(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    call_with(monkeypatch, "events:read")

    assert api.get("/stats").json() == {
        "tenant": "acme",
        "totals": {
            "accepted": 3,
            "by_type": {"order.created": {}, "payroll.paid": {}},
            "by_type_is_complete": True,
        },
        "dead": {"as_of": "2026-01-02T03:04:05.000060Z", "count": 0},
        "paused": [],
    }


def test_it_shows_a_limited_key_no_other_types(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_with(monkeypatch, "events:read", event_types=("order.*",))

    assert api.get("/stats").json()["totals"] == {
        "accepted": 3,
        "by_type": {"order.created": {}},
        "by_type_is_complete": False,
    }


def test_it_shows_staff_what_belongs_to_no_tenant(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_with(monkeypatch, "events:read", "staff")

    (worker,) = api.get("/stats").json()["workers"]["seen"]
    assert worker["last_seen"] == "2026-01-02T03:04:05.000060Z"


def test_it_shows_everything_where_keys_are_optional(api: APIClient) -> None:
    assert {"tenant", "dead", "workers"} <= api.get("/stats").json().keys()
