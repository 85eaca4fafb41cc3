import json
from typing import Any

import pytest

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain, make_event

ACCEPT = "application/cloudevents+json"


def get(api: APIClient, accept: str = ACCEPT, **headers: str) -> Any:
    return api.get(f"/events/{EVENT_ID}", headers={"Accept": accept, **headers})


@pytest.mark.parametrize(
    "data",
    [
        {"data": {"n": 1}},
        {"data": {"data_base64": "AP8="}},
        {"data": None},
        {"data_base64": "AP8="},
        {},
    ],
)
def test_it_shows_a_cloudevent_as_it_came(api: APIClient, data: dict[str, Any]) -> None:
    cloudevent = {
        "specversion": "1.0",
        "id": "A 1",
        "source": "/shop floor",
        "type": "order.created",
        "time": "2020-01-01T00:00:00.123456789+01:00",
        "sampled": True,
        "rank": -5,
        **data,
    }
    api.post("/events", json.dumps(cloudevent), ACCEPT)

    answer = get(api)

    assert answer.headers["Content-Type"] == ACCEPT
    assert answer.headers["Vary"] == "Accept"
    assert answer.json() == cloudevent


def test_it_shows_data_byte_for_byte(api: APIClient, domain: FakeDomain) -> None:
    text = '{"big": 123456789012345678901234567890, "f": 1.10, "u": "\\u00e9 é"}'
    domain.event = make_event(payload_json=text)

    assert f'"data":{text}}}'.encode() in get(api).content


def test_it_makes_a_cloudevent_of_any_event(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event(payload_json='{"n":1}', source="shop floor é", subject="7")

    assert get(api).json() == {
        "specversion": "1.0",
        "id": EVENT_ID,
        "source": "shop%20floor%20%C3%A9",
        "type": "order.created",
        "subject": "7",
        "time": "2026-01-02T03:04:05.000060Z",
        "datacontenttype": "application/json",
        "data": {"n": 1},
    }


def test_it_names_the_tenant_where_there_is_no_source(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event()

    assert get(api).json()["source"] == "/tenants/default"


def test_it_shows_no_data_once_it_is_erased(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event(payload_json=None)

    assert "data" not in get(api).json()


@pytest.mark.parametrize(
    ("accept", "shown"),
    [
        ("application/cloudevents+json, */*;q=0.1", ACCEPT),
        ("application/cloudevents+json;q=0.5, application/json", "application/json"),
        ("application/cloudevents-batch+json", "application/json"),
        ("*/*", "application/json"),
        ("oops", "application/json"),
        ("", "application/json"),
    ],
)
def test_it_shows_what_the_client_likes_best(
    *, api: APIClient, domain: FakeDomain, accept: str, shown: str
) -> None:
    domain.event = make_event()

    assert get(api, accept).headers["Content-Type"] == shown


def test_it_does_not_take_one_form_for_the_other(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event()
    known = get(api, "application/json").headers["ETag"]

    assert get(api, **{"If-None-Match": known}).status_code == 200
    assert get(api, **{"If-None-Match": get(api).headers["ETag"]}).status_code == 304
