import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


def test_it_answers_with_a_problem_document(api: APIClient) -> None:
    answer = api.get(f"/events/{EVENT_ID}", headers={"X-Request-ID": "abc.1"})

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No event of this tenant has this id.",
        "code": "event_not_found",
        "request_id": "abc.1",
    }


@pytest.mark.parametrize("path", ["/", "/nothing", "/events/a/b", "/health/x", "/Events"])
def test_it_knows_no_other_addresses(api: APIClient, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/events", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", f"/events/{EVENT_ID}", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/health", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_it_names_the_methods_that_an_address_takes(
    *, api: APIClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.generic(method, path)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_it_answers_options_with_the_methods_alone(api: APIClient) -> None:
    answer = api.options("/events")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_it_takes_no_invented_methods(api: APIClient) -> None:
    answer = api.generic("BREW", "/events")

    assert (answer.status_code, answer.json()["code"]) == (501, "unknown_method")


def test_it_hides_a_crash_and_logs_it_once(
    api: APIClient, domain: FakeDomain, caplog: pytest.LogCaptureFixture
) -> None:
    domain.error = RuntimeError("secret")

    with caplog.at_level(logging.INFO):
        answer = api.post_event()

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content
    crashes = [line for line in lines_of(caplog) if "exc_info" in line]
    assert [line["event"] for line in crashes] == ["request_crashed"]


def test_it_answers_with_a_problem_when_django_itself_fails(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("config.admin_only.AdminOnly.process_view", crash)

    answer = api.get("/health")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_it_leaves_the_admin_its_pages() -> None:
    answer = Client().get("/static/nothing.css")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("offered", ["", "a b", "x" * 129, "<script>", "a\nb"])
def test_it_makes_a_request_id_where_none_is_sane(api: APIClient, offered: str) -> None:
    made = api.get("/health", headers={"X-Request-ID": offered}).headers["X-Request-ID"]

    assert made != offered
    assert len(made) == 32


def test_it_echoes_a_sane_request_id(api: APIClient) -> None:
    answer = api.get("/health", headers={"X-Request-ID": "Root-1.a_b"})

    assert answer.headers["X-Request-ID"] == "Root-1.a_b"


def test_it_logs_a_failed_request_with_its_id(
    api: APIClient, domain: FakeDomain, caplog: pytest.LogCaptureFixture
) -> None:
    domain.error = RuntimeError()

    with caplog.at_level(logging.INFO):
        api.get("/stats", headers={"X-Request-ID": "abc"})

    failed = next(line for line in lines_of(caplog) if line["event"] == "request_failed")
    assert (failed["request_id"], failed["status"], failed["path"]) == ("abc", 500, "/stats")
    assert failed["client"] == "127.0.0.1"


@pytest.mark.parametrize(("logs_requests", "logged"), [(False, []), (True, ["/stats"])])
def test_it_logs_what_went_well_if_it_is_to(
    *,
    api: APIClient,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    logs_requests: bool,
    logged: list[str],
) -> None:
    settings.LOG_REQUESTS = logs_requests
    with caplog.at_level(logging.INFO):
        for path in ("/stats", "/health"):
            api.get(path)

    answered = [line for line in lines_of(caplog) if line["event"] == "request_answered"]
    assert [line["path"] for line in answered] == logged
