from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from events.event import Status
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, RECEIVED_AT, FakeDomain, make_event

MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _event(domain: FakeDomain) -> None:
    domain.event = make_event()


def get(api: APIClient, if_none_match: str = "") -> Any:
    return api.get(f"/events/{EVENT_ID}", headers={"If-None-Match": if_none_match})


def test_it_tells_the_revision_of_an_event(api: APIClient) -> None:
    answer = get(api)

    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert get(api).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("shape", ["{}", '"other", {}', "*", "{} "])
def test_it_sends_nothing_that_the_client_has(api: APIClient, shape: str) -> None:
    etag = get(api).headers["ETag"]

    answer = get(api, shape.format(etag))

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert not {"Content-Type", "Content-Length"} & set(answer.headers)


@pytest.mark.parametrize("etag", ["", '"other"', "no etag", '"', "W/", "é", '"' * 9_000])
def test_it_sends_what_the_client_has_not(api: APIClient, etag: str) -> None:
    answer = get(api, etag)

    assert (answer.status_code, answer.json()["event_id"]) == (200, EVENT_ID)


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.PROCESSING},
        {"generation": 2},
        {"attempt_count": 1},
        {"updated_at": RECEIVED_AT + MOMENT},
        {"expires_at": RECEIVED_AT},
    ],
)
def test_it_sends_an_event_that_has_changed(
    api: APIClient, domain: FakeDomain, change: dict[str, Any]
) -> None:
    etag = get(api).headers["ETag"]
    domain.event = make_event(**change)

    assert get(api, etag).status_code == 200


def test_it_sends_an_event_again_after_a_deploy(api: APIClient, settings: Settings) -> None:
    etag = get(api).headers["ETag"]
    settings.VERSION = "next"

    assert get(api, etag).status_code == 200


def test_it_answers_head_alike(api: APIClient) -> None:
    etag = get(api).headers["ETag"]

    assert api.head(f"/events/{EVENT_ID}").headers["ETag"] == etag
    answer = api.head(f"/events/{EVENT_ID}", headers={"If-None-Match": etag})
    assert answer.status_code == 304
