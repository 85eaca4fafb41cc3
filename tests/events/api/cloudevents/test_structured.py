import json
from typing import Any

import pytest

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain

CLOUDEVENT = {
    "specversion": "1.0",
    "id": "A 1",
    "source": "/shop",
    "type": "order.created",
    "data": {"n": 1},
}
_TYPE = "application/cloudevents+json"


def post(api: APIClient, body: Any, **headers: str) -> Any:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return api.post("/events", data, _TYPE, headers=headers)


def without(name: str) -> dict[str, Any]:
    return {each: value for each, value in CLOUDEVENT.items() if each != name}


def faults_of(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


def test_it_accepts_a_cloudevent(api: APIClient, domain: FakeDomain) -> None:
    answer = post(api, {**CLOUDEVENT, "subject": "order 7"})

    (accepted,) = domain.accepted
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/events/{EVENT_ID}"
    assert (accepted["event_type"], accepted["source"]) == ("order.created", "/shop")
    assert (accepted["subject"], accepted["payload_json"]) == ("order 7", '{"n": 1}')


def test_it_keeps_whatever_else_it_says(api: APIClient, domain: FakeDomain) -> None:
    said = {
        "id": "A 1",
        "time": "2020-01-01T00:00:00.123456789+01:00",
        "datacontenttype": "application/json",
        "dataschema": "https://example.com/order.json",
        "traceparent": "00-1-2-03",
        "sampled": True,
        "rank": -5,
    }

    post(api, {**CLOUDEVENT, **said, "absent": None})

    assert json.loads(domain.accepted[0]["cloudevent_json"]) == said


def test_it_makes_a_key_of_source_and_id(api: APIClient, domain: FakeDomain) -> None:
    sources_and_ids = [("/a", "1"), ("/a", "1"), ("/a", "2"), ("/a1", ""), ("/a1", "2")]

    for source, cloudevent_id in sources_and_ids:
        post(api, {**CLOUDEVENT, "source": source, "id": cloudevent_id or "1"})

    keys = [each["idempotency_key"] for each in domain.accepted]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_it_makes_a_key_that_no_client_can_send(api: APIClient, domain: FakeDomain) -> None:
    post(api, CLOUDEVENT)

    assert not domain.accepted[0]["idempotency_key"].isprintable()


def test_it_prefers_the_key_of_the_header(api: APIClient, domain: FakeDomain) -> None:
    post(api, CLOUDEVENT, **{"Idempotency-Key": "mine"})

    assert domain.accepted[0]["idempotency_key"] == "mine"


@pytest.mark.parametrize("data", ["[1, 2]", '"text"', "1.50", "true", "null", '{"a" : 1e400}'])
def test_it_takes_any_json_as_data(api: APIClient, domain: FakeDomain, data: str) -> None:
    body = json.dumps(without("data"))[:-1] + f', "data": {data}}}'

    assert post(api, body).status_code == 202
    assert domain.accepted[0]["payload_json"] == data
    assert json.loads(domain.accepted[0]["cloudevent_json"]) == {"id": "A 1"}


def test_it_takes_a_cloudevent_without_data(api: APIClient, domain: FakeDomain) -> None:
    assert post(api, without("data")).status_code == 202
    assert domain.accepted[0]["payload_json"] == "null"
    assert json.loads(domain.accepted[0]["cloudevent_json"])["data"] == "absent"


def test_it_takes_binary_data(api: APIClient, domain: FakeDomain) -> None:
    assert post(api, {**without("data"), "data_base64": "AP8="}).status_code == 202
    assert json.loads(domain.accepted[0]["payload_json"]) == {"data_base64": "AP8="}


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_it_refuses_a_cloudevent_that_lacks_an_attribute(api: APIClient, name: str) -> None:
    assert faults_of(post(api, without(name))) == {(f"/{name}", "required")}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("specversion", "0.3", "unsupported"),
        ("specversion", 1.0, "unsupported"),
        ("id", "", "empty"),
        ("id", 5, "not_a_string"),
        ("id", None, "not_a_string"),
        ("source", "x" * 257, "too_long"),
        ("type", "https://example.com/order", "ill_formed"),
        ("type", "x" * 129, "too_long"),
        ("subject", "", "empty"),
        ("time", "yesterday", "not_a_time"),
        ("time", 5, "not_a_string"),
        ("dataschema", "", "empty"),
        ("data_base64", "AP8=", "contradiction"),
        ("Upper", "x", "ill_formed"),
        ("under_score", "x", "ill_formed"),
        ("", "x", "ill_formed"),
        ("extension", {}, "not_an_attribute"),
        ("extension", [1], "not_an_attribute"),
        ("extension", 1.5, "not_an_attribute"),
        ("extension", 2**31, "not_an_attribute"),
        ("extension", -(2**31) - 1, "not_an_attribute"),
        ("extension", "x" * 4_096, "too_long"),
    ],
)
def test_it_refuses_attributes_that_are_none(
    *, api: APIClient, domain: FakeDomain, name: str, value: Any, code: str
) -> None:
    ((pointer, found),) = faults_of(post(api, {**CLOUDEVENT, name: value}))

    assert found == code
    assert pointer in (f"/{name}", "")
    assert domain.accepted == []


@pytest.mark.parametrize("text", ["AP8", "AP8=\n", "!", "A=P8", "é"])
def test_it_refuses_data_that_is_not_base64(api: APIClient, text: str) -> None:
    answer = post(api, {**without("data"), "data_base64": text})

    assert faults_of(answer) == {("/data_base64", "not_base64")}


def test_it_says_how_attributes_are_named(api: APIClient) -> None:
    (fault,) = post(api, {**CLOUDEVENT, "Upper": "x"}).json()["errors"]

    assert fault["message"] == "A CloudEvent's attribute has a name of a-z and 0-9."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b'{"id":"1",}', "malformed_json"),
        (b'{"id":"\xff"}', "invalid_utf8"),
        (b'{"id":"1","id":"2"}', "duplicate_key"),
        (b'{"data":{"x":1,"x":2}}', "duplicate_key"),
        (b'{"data":' + b"[" * 100_000, "nesting_too_deep"),
    ],
)
def test_it_refuses_what_is_not_strict_json(api: APIClient, body: bytes, code: str) -> None:
    answer = api.post("/events", body, _TYPE, CONTENT_TYPE=_TYPE)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "content_type", ["application/cloudevents", "application/cloudevents+avro"]
)
def test_it_refuses_other_formats(api: APIClient, content_type: str) -> None:
    answer = api.post("/events", b"x", content_type, headers={"ce-id": "1"})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
