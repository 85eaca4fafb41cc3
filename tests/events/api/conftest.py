import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from events import queries, services
from tests.events.api.fakes import FakeDomain


@pytest.fixture(autouse=True)
def static_folder(settings: Settings, tmp_path: Path) -> None:
    # WhiteNoise warns of a folder that is missing, as it is before collectstatic.
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> FakeDomain:
    fake = FakeDomain()
    monkeypatch.setattr(services, "accept_event", fake.accept_event)
    for name in ("get_event", "get_stats", "check_dependencies"):
        monkeypatch.setattr(queries, name, getattr(fake, name))
    return fake


class APIClient(Client):
    """Django's test client with the API's habits."""

    def post_event(self, body: Any = None, **headers: str) -> Any:
        """Post a body: bytes and text as they are, anything else as JSON."""
        if body is None:
            body = {"event_type": "order.created", "payload": {}}
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        content_type = headers.pop("content_type", "application/json")
        # Django's client leaves the type of an empty body out unless told apart.
        return self.post("/events", data, content_type, headers=headers, CONTENT_TYPE=content_type)


@pytest.fixture
def api(domain: FakeDomain) -> APIClient:  # noqa: ARG001  # no test may reach a real store
    return APIClient(raise_request_exception=False)
