import shutil
from typing import Any

import pytest
from django.test import override_settings

from events import errors
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain


def test_it_says_which_version_serves(api: APIClient) -> None:
    answer = api.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": "development"}


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
@pytest.mark.parametrize("host", ["10.0.0.7", "nobody.example", "bad host!"])
def test_it_answers_the_load_balancer_whatever_the_host(
    api: APIClient, path: str, host: str
) -> None:
    with override_settings(ALLOWED_HOSTS=["events.example"], SECURE_SSL_REDIRECT=True):
        answer = api.get(path, headers={"Host": host})

    assert answer.status_code == 200


def test_it_stays_ready_when_a_dependency_is_away(api: APIClient, domain: FakeDomain) -> None:
    domain.error = errors.StoreUnavailable()
    domain.dependencies = {"dynamodb": "timed out", "sqs": "ok"}

    answer = api.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "faults": [],
        "dependencies": {"dynamodb": "timed out", "sqs": "ok"},
        "paused": [],
    }


@pytest.mark.parametrize(
    "caller",
    [
        {"REMOTE_ADDR": "8.8.8.8"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.2"},
    ],
)
def test_it_names_dependencies_to_nobody_outside(api: APIClient, caller: dict[str, Any]) -> None:
    assert api.get("/health/ready", **caller).json() == {"status": "ready"}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1"])
def test_it_names_dependencies_inside(api: APIClient, address: str) -> None:
    assert "dependencies" in api.get("/health/ready", REMOTE_ADDR=address).json()


def test_it_is_not_ready_on_a_host_without_space(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    answer = api.get("/health/ready")

    assert answer.status_code == 503
    assert "no space left" in answer.json()["faults"][0]


def test_it_counts_what_it_accepts_and_refuses(api: APIClient) -> None:
    api.post_event()
    api.get("/nothing")

    metrics = api.get("/metrics").content.decode()

    assert 'events_accepted_total{kind="new"}' in metrics
    assert 'events_api_problems_total{code="not_found"}' in metrics
    assert 'view="events"' in metrics
