import re
import time

import pytest
from django.test import Client
from pytest_django import Settings

from events import timings
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain

ADDRESSES = {
    "/events": "GET, POST, HEAD, OPTIONS",
    "/events/batch": "POST, OPTIONS",
    f"/events/{EVENT_ID}": "GET, HEAD, OPTIONS",
    "/event-types": "GET, HEAD, OPTIONS",
    "/event-types/order.created": "GET, HEAD, OPTIONS",
    "/stats": "GET, HEAD, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
    "/health/live": "GET, HEAD, OPTIONS",
    "/health/ready": "GET, HEAD, OPTIONS",
    "/schema": "GET, HEAD, OPTIONS",
    "/docs": "GET, HEAD, OPTIONS",
    "/metrics": "GET, HEAD, OPTIONS",
}
PAGE = "https://shop.example"


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_every_address_tells_its_methods(*, api: APIClient, path: str, slash: str) -> None:
    answer = api.options(path + slash)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == ADDRESSES[path]


@pytest.mark.parametrize("path", ["/health", "/schema", "/docs", "/metrics", "/stats"])
def test_head_is_get_without_its_body(api: APIClient, path: str) -> None:
    answer = api.head(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_the_admin_is_found_without_its_slash() -> None:
    answer = Client().get("/admin?next=1")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/?next=1")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0", "nonsense"])
def test_it_answers_json_whatever_is_accepted(api: APIClient, accept: str) -> None:
    answer = api.get("/health", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_it_tells_where_the_time_went(
    api: APIClient, domain: FakeDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = timings.spent_in("store")(
        lambda **fields: time.sleep(0.002) or domain.get_stats(**fields)
    )
    monkeypatch.setattr("events.queries.get_stats", slow)

    timing = api.get("/stats").headers["Server-Timing"]

    store, total = re.fullmatch(r"store;dur=([\d.]+), total;dur=([\d.]+)", timing).groups()  # type: ignore[union-attr]
    assert 2 <= float(store) <= float(total)


def test_one_request_does_not_count_for_another(api: APIClient) -> None:
    timings.begin()["store"] = 99.0

    assert api.get("/health").headers["Server-Timing"].startswith("total;dur=")


def test_other_origins_may_not_call_it(api: APIClient) -> None:
    answer = api.get("/health", headers={"Origin": PAGE})

    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.fixture
def cors_api(domain: FakeDomain, settings: Settings) -> APIClient:  # noqa: ARG001  # as for api
    """Set what CORS_ALLOWED_ORIGINS sets; middleware is read when a client is made."""
    at = settings.MIDDLEWARE.index("events.api.gate.Gate")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE]
    settings.MIDDLEWARE.insert(at, "corsheaders.middleware.CorsMiddleware")
    settings.CORS_ALLOWED_ORIGINS = [PAGE]
    return APIClient(raise_request_exception=False)


def test_pages_of_named_origins_may_call_it(cors_api: APIClient) -> None:
    answer = cors_api.options(
        "/events",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )

    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "idempotency-key" in answer.headers["Access-Control-Allow-Headers"]


def test_their_pages_see_our_headers(cors_api: APIClient) -> None:
    answer = cors_api.get("/health", headers={"Origin": PAGE})

    assert "retry-after" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/"])
def test_their_pages_stay_out_of_the_admin(cors_api: APIClient, path: str) -> None:
    answer = cors_api.get(path, headers={"Origin": PAGE})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_may_post_cloudevents_in_binary_mode(cors_api: APIClient) -> None:
    answer = cors_api.options(
        "/events",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "ce-id",
        },
    )

    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert {"ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject"} <= allowed
    assert {"ce-time", "ce-dataschema", "traceparent"} <= allowed
