import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from events import services, snapshot
from events.api_key import ALL_SCOPES
from events.models import APIKey
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain, make_event
from tests.events.api.keys import make_key
from tests.fakes import FrozenClock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sql_in_memory")]


@pytest.fixture
def required(settings: Settings) -> None:
    settings.API_KEYS_REQUIRED = True


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_it_gives_the_event_to_the_tenant_of_the_key(api: APIClient, domain: FakeDomain) -> None:
    _, headers = make_key(tenant="acme")

    assert api.post_event(**headers).status_code == 202
    assert domain.accepted[0]["tenant"] == "acme"


def test_it_takes_everybody_for_the_default_tenant_where_keys_are_optional(
    api: APIClient, domain: FakeDomain
) -> None:
    assert api.post_event().status_code == 202
    assert domain.accepted[0]["tenant"] == "default"


@pytest.mark.usefixtures("required")
def test_it_asks_for_a_key(api: APIClient, domain: FakeDomain) -> None:
    answer = api.post_event()

    assert code_of(answer) == (401, "missing_api_key")
    assert answer["WWW-Authenticate"] == 'Bearer realm="events"'
    assert domain.accepted == []


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_it_tells_its_health_to_everybody(api: APIClient, path: str) -> None:
    assert api.get(path).status_code == 200


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("path", ["/events", "/events/batch", "/stats", f"/events/{EVENT_ID}"])
def test_it_lets_nobody_read_without_a_key(api: APIClient, path: str) -> None:
    assert code_of(api.get(path)) == (401, "missing_api_key")


@pytest.mark.usefixtures("required")
def test_it_answers_options_without_a_key(api: APIClient) -> None:
    assert api.options("/events").status_code == 204


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer evp_",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Bearer evp_aaaaaaaa_" + 49 * "a",
        "Bearer \xff\xfe",
        "nonsense",
        "",
    ],
)
def test_it_refuses_a_key_that_is_none(api: APIClient, header: str) -> None:
    answer = api.post_event(authorization=header)

    assert code_of(answer) == (401, "invalid_api_key")
    assert answer["WWW-Authenticate"] == 'Bearer realm="events", error="invalid_token"'


def test_it_refuses_a_key_with_a_digit_wrong(api: APIClient) -> None:
    _, headers = make_key()
    text = headers["authorization"]
    wrong = text[:-8] + ("a" if text[-8] != "a" else "b") + text[-7:]

    assert code_of(api.post_event(authorization=wrong)) == (401, "invalid_api_key")


def test_it_says_revoked_to_who_holds_the_key(api: APIClient) -> None:
    key_id, headers = make_key()
    services.revoke_api_key(key_id, actor="tests")

    assert code_of(api.post_event(**headers)) == (401, "revoked_api_key")
    assert code_of(api.post_event(authorization=f"Bearer {key_id}")) == (401, "invalid_api_key")


def test_it_refuses_an_expired_key(api: APIClient, frozen_clock: FrozenClock) -> None:
    _, headers = make_key(expires_at=frozen_clock.now() + timedelta(hours=1))
    assert api.post_event(**headers).status_code == 202

    frozen_clock.advance(hours=1)
    assert code_of(api.post_event(**headers)) == (401, "expired_api_key")


def test_it_takes_a_revoked_key_no_longer_than_half_a_minute(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, headers = make_key()
    assert api.post_event(**headers).status_code == 202
    services.revoke_api_key(key_id, actor="tests")
    _pass_time(monkeypatch, 30)

    assert code_of(api.post_event(**headers)) == (401, "revoked_api_key")


def test_it_takes_a_key_that_was_just_made(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make_key()
    api.post_event(authorization="Bearer evp_")
    _, headers = make_key()
    _pass_time(monkeypatch, 1)

    assert api.post_event(**headers).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("post", "/events", "events:write"),
        ("get", f"/events/{EVENT_ID}", "events:read"),
        ("get", "/stats", "events:read"),
    ],
)
def test_it_names_the_scope_that_is_missing(
    api: APIClient, method: str, path: str, *, scope: str
) -> None:
    others = ALL_SCOPES - {scope}
    _, headers = make_key(scopes=sorted(others))
    answer = getattr(api, method)(path, headers=headers)

    assert code_of(answer) == (403, "missing_scope")
    assert answer.json()["scope"] == scope
    assert f'error="insufficient_scope", scope="{scope}"' in answer["WWW-Authenticate"]


def test_it_shows_no_event_of_another_tenant(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event(tenant="globex")
    _, headers = make_key(tenant="acme")

    assert code_of(api.get(f"/events/{EVENT_ID}", headers=headers)) == (404, "event_not_found")


@pytest.mark.parametrize(
    ("event_type", "status"),
    [("order.created", 202), ("order.line.added", 202), ("orders", 403), ("user.created", 403)],
)
def test_it_keeps_a_key_to_its_event_types(api: APIClient, event_type: str, status: int) -> None:
    _, headers = make_key(event_types=["order.*"])
    answer = api.post_event({"event_type": event_type, "payload": {}}, **headers)

    assert answer.status_code == status, answer.json()


def test_it_shows_no_event_of_a_type_that_a_key_may_not_use(
    api: APIClient, domain: FakeDomain
) -> None:
    domain.event = make_event(event_type="user.created", tenant="acme")
    _, headers = make_key(event_types=["order.*"])
    answer = api.get(f"/events/{EVENT_ID}", headers=headers)

    assert code_of(answer) == (403, "event_type_not_allowed")


def test_it_asks_the_database_nothing_on_the_usual_path(api: APIClient) -> None:
    _, headers = make_key()
    api.post_event(**headers)

    with CaptureQueriesContext(connection) as asked:
        for _ in range(100):
            assert api.post_event(**headers).status_code == 202
    assert len(asked) == 0


def test_it_notes_the_use_once_a_minute(api: APIClient, frozen_clock: FrozenClock) -> None:
    key_id, headers = make_key()
    for _ in range(3):
        frozen_clock.advance(seconds=10)
        api.post_event(**headers)

    assert APIKey.objects.get(key_id=key_id).last_used_at == frozen_clock.now() - timedelta(
        seconds=20
    )


def test_it_goes_on_with_known_keys_while_sql_is_away(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, headers = make_key()
    api.post_event(**headers)
    _pass_time(monkeypatch, 3_600)

    with connection.execute_wrapper(_be_away):
        assert api.post_event(**headers).status_code == 202


def test_it_is_unavailable_while_no_key_was_ever_read(api: APIClient) -> None:
    _, headers = make_key()
    with connection.execute_wrapper(_be_away):
        answer = api.post_event(**headers)

    assert code_of(answer) == (503, "database_unavailable")
    assert answer["Retry-After"]


def _pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr(snapshot, "time", SimpleNamespace(monotonic=lambda: now))


def _be_away(*_: Any) -> None:
    raise OperationalError("no route")
