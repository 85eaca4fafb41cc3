from typing import Any

import pytest
from django.test import override_settings

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain

NAMED = override_settings(ALLOWED_HOSTS=["events.example"])
HTTPS_ONLY = override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=60)


@NAMED
@pytest.mark.parametrize("path", ["/events", "/stats", "/admin/", "/schema", "/nothing"])
@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7", "events.example@evil", "a b", ""])
def test_it_refuses_hosts_that_are_not_ours(api: APIClient, path: str, host: str) -> None:
    answer = api.get(path, headers={"Host": host})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


@NAMED
@pytest.mark.parametrize("host", ["events.example", "events.example:8443", "EVENTS.example."])
def test_it_takes_our_own_hosts(api: APIClient, host: str) -> None:
    assert api.get("/schema", headers={"Host": host}).status_code == 200


@NAMED
def test_it_lets_prometheus_ask_by_address(api: APIClient) -> None:
    assert api.get("/metrics", headers={"Host": "10.0.0.7:8000"}).status_code == 200


@HTTPS_ONLY
def test_it_stores_nothing_that_came_in_the_open(api: APIClient, domain: FakeDomain) -> None:
    answer = api.post_event()

    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert domain.accepted == []


@HTTPS_ONLY
@pytest.mark.parametrize("path", ["/stats", "/admin/", "/docs"])
def test_it_sends_readers_to_https(api: APIClient, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{path}")


@HTTPS_ONLY
def test_it_tells_browsers_to_stay_with_https(api: APIClient) -> None:
    answer = api.get("/stats", secure=True)

    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=60"


@HTTPS_ONLY
@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
def test_it_answers_machines_in_the_open(api: APIClient, path: str) -> None:
    assert api.get(path).status_code == 200


@pytest.mark.parametrize(
    "caller",
    [
        {"REMOTE_ADDR": "8.8.8.8"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_it_hides_metrics_from_outside(api: APIClient, caller: dict[str, Any]) -> None:
    answer = api.get("/metrics", **caller)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "status", "allowed"),
    [
        ("HEAD", 200, None),
        ("OPTIONS", 204, "GET, HEAD, OPTIONS"),
        ("POST", 405, "GET, HEAD, OPTIONS"),
    ],
)
def test_it_only_lets_metrics_be_read(
    *, api: APIClient, method: str, status: int, allowed: str | None
) -> None:
    answer = api.generic(method, "/metrics")

    assert (answer.status_code, answer.headers.get("Allow")) == (status, allowed)
