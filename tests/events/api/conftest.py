import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from events import queries, services
from events.queries import api_keys
from events.services import api_key_uses
from tests.events.api.fakes import FakeDomain


@pytest.fixture(autouse=True)
def static_folder(settings: Settings, tmp_path: Path) -> None:
    # WhiteNoise warns of a folder that is missing, as it is before collectstatic.
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> FakeDomain:
    fake = FakeDomain()
    for name in ("accept_event", "accept_events"):
        monkeypatch.setattr(services, name, getattr(fake, name))
    for name in ("get_event", "get_stats", "get_platform_stats", "check_dependencies"):
        monkeypatch.setattr(queries, name, getattr(fake, name))
    for name in ("list_known_pauses", "name_pauses"):
        monkeypatch.setattr(queries, name, list)
    monkeypatch.setattr(queries, "find_event_type", fake.event_types.get)
    return fake


@pytest.fixture
def sql_in_memory(database_at_once: None) -> Iterator[None]:  # noqa: ARG001  # loads happen in it
    """Let nothing that was read from SQL outlive the test."""
    api_keys.known_keys.forget()
    api_key_uses.uses.forget()
    yield
    api_keys.known_keys.forget()
    api_key_uses.uses.forget()


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
