import json
from typing import Any

import pytest
from django.conf import settings

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain

HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "A-1",
    "ce-source": "/shop",
    "ce-type": "order.created",
}


def post(
    api: APIClient,
    body: bytes = b'{"n" : 1.10}',
    content_type: str = "application/json",
    **more: str,
) -> Any:
    headers = {**HEADERS, **more}
    # Django's client leaves the type of an empty body out unless told apart.
    return api.post("/events", body, content_type, headers=headers, CONTENT_TYPE=content_type)


def faults_of(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422
    return {(fault["header"], fault["code"]) for fault in answer.json()["errors"]}


def kept(domain: FakeDomain) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(domain.accepted[0]["cloudevent_json"])
    return said


def test_it_accepts_a_cloudevent(api: APIClient, domain: FakeDomain) -> None:
    answer = post(
        api, **{"ce-subject": "7", "ce-traceparent": "00-1", "ce-time": "2020-01-01T00:00:00Z"}
    )

    (accepted,) = domain.accepted
    assert answer.status_code == 202
    assert accepted["payload_json"] == '{"n" : 1.10}'
    assert (accepted["event_type"], accepted["source"], accepted["subject"]) == (
        "order.created",
        "/shop",
        "7",
    )
    assert kept(domain) == {
        "id": "A-1",
        "traceparent": "00-1",
        "time": "2020-01-01T00:00:00Z",
        "datacontenttype": "application/json",
    }


def test_it_has_the_key_of_the_same_event_in_structured_mode(
    api: APIClient, domain: FakeDomain
) -> None:
    structured = {name.removeprefix("ce-"): value for name, value in HEADERS.items()}

    post(api)
    api.post("/events", json.dumps(structured), "application/cloudevents+json")

    first, second = domain.accepted
    assert first["idempotency_key"] == second["idempotency_key"]


def test_it_prefers_the_key_of_the_header(api: APIClient, domain: FakeDomain) -> None:
    post(api, **{"Idempotency-Key": "mine"})

    assert domain.accepted[0]["idempotency_key"] == "mine"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a%20b%25", "a b%"),
        ("%C3%A9%F0%9F%98%80", "é😀"),
        ('"a b"', "a b"),
        (r'"say \"a\\b\""', r'say "a\b"'),
        ("100%", "100%"),
        ("%zz", "%zz"),
    ],
)
def test_it_decodes_headers(*, api: APIClient, domain: FakeDomain, text: str, value: str) -> None:
    post(api, **{"ce-subject": text, "ce-note": text})

    assert domain.accepted[0]["subject"] == value
    assert kept(domain)["note"] == value


@pytest.mark.parametrize("text", ["%FF", "%C3", "%ED%A0%80"])
def test_it_refuses_headers_that_are_not_utf8(api: APIClient, text: str) -> None:
    assert faults_of(post(api, **{"ce-subject": text})) == {("ce-subject", "invalid_utf8")}


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "text/json", "application/vnd.x+json"]
)
def test_it_takes_json_of_any_kind(api: APIClient, domain: FakeDomain, content_type: str) -> None:
    post(api, b"[1, 2]", content_type)

    assert domain.accepted[0]["payload_json"] == "[1, 2]"
    assert kept(domain)["datacontenttype"] == content_type


@pytest.mark.parametrize("content_type", ["text/plain", "image/png", "application/xml"])
def test_it_keeps_other_data_as_base64(
    api: APIClient, domain: FakeDomain, content_type: str
) -> None:
    post(api, b"\x00\xff", content_type)

    assert json.loads(domain.accepted[0]["payload_json"]) == {"data_base64": "AP8="}
    assert kept(domain) == {"id": "A-1", "datacontenttype": content_type, "data": "base64"}


def test_it_keeps_json_in_another_charset_as_base64(api: APIClient, domain: FakeDomain) -> None:
    post(api, b"{}", "application/json; charset=latin-1")

    assert json.loads(domain.accepted[0]["payload_json"]) == {"data_base64": "e30="}


def test_it_takes_data_of_no_type(api: APIClient, domain: FakeDomain) -> None:
    post(api, b"\x00\xff", "")

    assert kept(domain) == {"id": "A-1", "data": "base64"}


def test_it_takes_a_cloudevent_without_data(api: APIClient, domain: FakeDomain) -> None:
    assert post(api, b"").status_code == 202
    assert kept(domain)["data"] == "absent"


def test_it_limits_data_as_it_is_kept(api: APIClient) -> None:
    size = settings.BODY_LIMIT_BYTES // 4 * 3

    assert post(api, b"x" * size, "text/plain").status_code == 202
    answer = post(api, b"x" * (size + 1), "text/plain")

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("name", HEADERS)
def test_it_names_the_header_that_is_missing(api: APIClient, name: str) -> None:
    headers = {each: text for each, text in HEADERS.items() if each != name}

    answer = api.post("/events", b"{}", "application/json", headers=headers)

    assert faults_of(answer) == {(name, "required")}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("ce-type", "not a type", "ill_formed"),
        ("ce-specversion", "0.3", "unsupported"),
        ("ce-id", "", "empty"),
        ("ce-time", "today", "not_a_time"),
        ("ce-data", "x", "unknown_field"),
        ("ce-datacontenttype", "text/plain", "unknown_field"),
        ("ce-my-extension", "x", "ill_formed"),
    ],
)
def test_it_names_the_header_that_is_wrong(
    *, api: APIClient, name: str, text: str, code: str
) -> None:
    assert faults_of(post(api, **{name: text})) == {(name, code)}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{oops}", "malformed_json"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'"\xff"', "invalid_utf8"),
    ],
)
def test_it_refuses_data_that_is_not_strict_json(api: APIClient, body: bytes, code: str) -> None:
    answer = post(api, body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
