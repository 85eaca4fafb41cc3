from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import clock, errors
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain


def faults_of(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


def test_it_accepts_an_event(api: APIClient, domain: FakeDomain) -> None:
    answer = api.post_event(
        {"event_type": "order.created", "payload": {"n": 1}, "source": "shop", "subject": "é"}
    )

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/events/{EVENT_ID}"
    assert answer.json() == {
        "event_id": EVENT_ID,
        "status": "pending",
        "event_type": "order.created",
        "received_at": "2026-01-02T03:04:05.000060Z",
    }
    assert domain.accepted == [
        {
            "event_type": "order.created",
            "payload_json": '{"n": 1}',
            "tenant": "default",
            "source": "shop",
            "subject": "é",
            "process_at": None,
            "idempotency_key": None,
            "cloudevent_json": None,
        }
    ]


def test_it_forgives_a_trailing_slash(api: APIClient) -> None:
    body = '{"event_type": "a", "payload": {}}'

    assert api.post("/events/", body, content_type="application/json").status_code == 202


def test_it_passes_the_payload_on_as_the_client_wrote_it(
    api: APIClient, domain: FakeDomain
) -> None:
    payload = '{"big" : 123456789012345678901234567890, "f": 1.10,\n "u": "\\u00e9é"}'

    api.post_event(f'{{"payload": {payload} ,"event_type":"a"}}')

    assert domain.accepted[0]["payload_json"] == payload


def test_it_says_that_an_answer_is_a_repeat(api: APIClient, domain: FakeDomain) -> None:
    domain.is_repeat = True

    answer = api.post_event(**{"Idempotency-Key": "order 17"})

    assert answer.status_code == 202
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert domain.accepted[0]["idempotency_key"] == "order 17"


def test_it_says_nothing_of_repeats_the_first_time(api: APIClient) -> None:
    assert "Idempotency-Replayed" not in api.post_event().headers


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "tab\t"])
def test_it_refuses_an_idempotency_key_that_is_none(api: APIClient, key: str) -> None:
    answer = api.post_event(**{"Idempotency-Key": key})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_idempotency_key"
    assert answer.json()["header"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01T10:00:00+02:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("1999-12-31t23:59:59.5z", datetime(1999, 12, 31, 23, 59, 59, 500_000, UTC)),
        ("2000-01-01T00:00:00.123456789Z", datetime(2000, 1, 1, 0, 0, 0, 123_456, UTC)),
    ],
)
def test_it_takes_a_time_to_process_at(
    *,
    api: APIClient,
    domain: FakeDomain,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    moment: datetime,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, tzinfo=UTC))

    api.post_event({"event_type": "a", "payload": {}, "process_at": text})

    assert domain.accepted[0]["process_at"] == moment


def test_it_refuses_a_time_beyond_retention(api: APIClient) -> None:
    later = (clock.now() + timedelta(days=31)).isoformat()

    answer = api.post_event({"event_type": "a", "payload": {}, "process_at": later})

    assert faults_of(answer) == {("/process_at", "beyond_retention")}


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "2026-W01-1T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "2026-01-01T00:00:00+99:99",
        "\uff12026-01-01T00:00:00Z",
    ],
)
def test_it_refuses_a_time_that_is_none(api: APIClient, text: str) -> None:
    answer = api.post_event({"event_type": "a", "payload": {}, "process_at": text})

    assert faults_of(answer) == {("/process_at", "not_a_time")}


@pytest.mark.parametrize(
    ("event_type", "code"),
    [
        ("", "empty"),
        ("x" * 129, "too_long"),
        (".a", "ill_formed"),
        ("a.", "ill_formed"),
        ("a..b", "ill_formed"),
        ("a b", "ill_formed"),
        ("a\n", "ill_formed"),
        ("é", "ill_formed"),
        (5, "not_a_string"),
        (None, "not_a_string"),
        (["a"], "not_a_string"),
    ],
)
def test_it_refuses_an_ill_formed_event_type(api: APIClient, event_type: Any, code: str) -> None:
    answer = api.post_event({"event_type": event_type, "payload": {}})

    assert faults_of(answer) == {("/event_type", code)}


@pytest.mark.parametrize("event_type", ["a", "x" * 128, "A-1.b_2.c", "order.created"])
def test_it_takes_a_dotted_event_type(api: APIClient, event_type: str) -> None:
    assert api.post_event({"event_type": event_type, "payload": {}}).status_code == 202


@pytest.mark.parametrize("payload", ["text", 1, 1.5, True, None, []])
def test_it_refuses_a_payload_that_is_no_object(api: APIClient, payload: Any) -> None:
    answer = api.post_event({"event_type": "a", "payload": payload})

    assert faults_of(answer) == {("/payload", "not_an_object")}


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null"])
def test_it_refuses_a_body_that_is_no_object(api: APIClient, body: str) -> None:
    assert faults_of(api.post_event(body)) == {("", "not_an_object")}


def test_it_names_every_fault_at_once(api: APIClient, domain: FakeDomain) -> None:
    answer = api.post_event(
        {"payload": [], "source": "", "subject": "x" * 257, "process_at": 5, "a/b~c": 1, "x": 2}
    )

    assert faults_of(answer) == {
        ("/event_type", "required"),
        ("/payload", "not_an_object"),
        ("/source", "empty"),
        ("/subject", "too_long"),
        ("/process_at", "not_a_string"),
        ("/a~1b~0c", "unknown_field"),
        ("/x", "unknown_field"),
    }
    assert all(fault["message"] for fault in answer.json()["errors"])
    assert domain.accepted == []


def test_it_lists_a_bounded_number_of_faults(api: APIClient) -> None:
    answer = api.post_event({f"field{n}": n for n in range(5_000)})

    assert len(answer.json()["errors"]) == 100
    assert answer.json()["detail"] == "The event has 5002 faults; the first 100 are listed."


def test_it_survives_braces_in_names_of_fields(api: APIClient) -> None:
    answer = api.post_event({"event_type": "a", "payload": {}, "{0.x}": 1})

    assert faults_of(answer) == {("/{0.x}", "unknown_field")}


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        (b"", "empty_body", 1, 1),
        (b"{oops}", "malformed_json", 1, 2),
        (b'{"event_type":"a","payload":{},}', "malformed_json", 1, 32),
        (b'{"event_type":"\xff"}', "invalid_utf8", 1, 16),
        (b'\xef\xbb\xbf{"event_type":"a","payload":{}}', "byte_order_mark", 1, 1),
        (b'{"event_type":"a",\n"payload":{"x":NaN}}', "number_not_finite", 2, 16),
        (b'{"event_type":"a","payload":{"x":-Infinity}}', "number_not_finite", 1, 34),
        (b'{"event_type":"a","event_type":"b","payload":{}}', "duplicate_key", 1, 19),
        (b'{"event_type":"a","payload":{"x":{"y":1,"y":1}}}', "duplicate_key", 1, 41),
        (b'{"payload":' + b'{"x":' * 64 + b"1" + b"}" * 65, "nesting_too_deep", 1, 327),
    ],
)
def test_it_refuses_what_is_not_strict_json(
    *, api: APIClient, domain: FakeDomain, body: bytes, code: str, line: int, column: int
) -> None:
    answer = api.post_event(body)

    problem = answer.json()
    assert answer.status_code == 400
    assert (problem["code"], problem["line"], problem["column"]) == (code, line, column)
    assert domain.accepted == []


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
    ],
)
def test_it_refuses_other_content_types(api: APIClient, content_type: str) -> None:
    answer = api.post_event(b"{}", content_type=content_type)

    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] in answer.json()["detail"]
    assert answer.headers["Accept-Post"] == (
        "application/json, application/cloudevents+json, "
        "application/cloudevents-batch+json, application/x-ndjson"
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        'application/json; charset="UTF-8"',
        "application/json;charset=utf-8",
    ],
)
def test_it_takes_json_however_it_is_spelled(api: APIClient, content_type: str) -> None:
    assert api.post_event(content_type=content_type).status_code == 202


def test_it_takes_a_body_up_to_the_limit(api: APIClient) -> None:
    body = b'{"event_type":"a","payload":{}}'

    assert api.post_event(body.ljust(262_144)).status_code == 202
    assert api.post_event(body.ljust(262_145)).status_code == 413


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.StoreUnavailable("secret"), 503, "store_unavailable"),
        (errors.StoreThrottled("secret"), 503, "store_throttled"),
        (errors.QueueUnavailable("secret"), 503, "queue_unavailable"),
        (errors.IdempotencyKeyReused("secret"), 422, "idempotency_key_reused"),
        (errors.EventIsOpen("secret"), 409, "event_is_open"),
    ],
)
def test_it_says_what_the_domain_refused(
    *, api: APIClient, domain: FakeDomain, error: Exception, status: int, code: str
) -> None:
    domain.error = error

    answer = api.post_event()

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert b"secret" not in answer.content
