import json
from typing import Any

import pytest
from django.conf import settings

from events import errors
from events.api.caller import Caller
from events.api.schema.answers import BatchResult
from events.api.views import view
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, FakeDomain

_JSON = "application/json"
EVENT = {"event_type": "order.created", "payload": {"n": 1}}
ACCEPTED = {
    "event_id": EVENT_ID,
    "status": "pending",
    "event_type": "order.created",
    "received_at": "2026-01-02T03:04:05.000060Z",
    "repeated": False,
}


def post(api: APIClient, body: Any, **headers: str) -> Any:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    # Django's client leaves the type of an empty body out unless told apart.
    return api.post("/events/batch", data, _JSON, headers=headers, CONTENT_TYPE=_JSON)


def post_events(api: APIClient, *events: Any, **headers: str) -> Any:
    return post(api, {"events": events}, **headers)


def faults_of(answer: Any) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


def faults_of_result(answer: Any, index: int) -> set[tuple[str, str]]:
    result = answer.json()["results"][index]
    return {(fault["pointer"], fault["code"]) for fault in result["errors"]}


def test_it_accepts_each_event_in_order(api: APIClient, domain: FakeDomain) -> None:
    answer = post_events(api, EVENT, {**EVENT, "source": "shop", "idempotency_key": "k 1"})

    assert answer.status_code == 202
    assert answer.json() == {"results": [ACCEPTED, ACCEPTED], "failed_count": 0}
    assert [each["source"] for each in domain.accepted] == [None, "shop"]
    assert [each["idempotency_key"] for each in domain.accepted] == [None, "k 1"]


def test_it_passes_payloads_on_as_the_client_wrote_them(api: APIClient, domain: FakeDomain) -> None:
    payload = '{"big" : 123456789012345678901234567890, "f": 1.10,\n "u": "\\u00e9é"}'

    post(api, f'{{"events": [ {{"payload":{payload} , "event_type":"a"}} ] }}')

    assert domain.accepted[0]["payload_json"] == payload


def test_it_says_which_events_are_repeats(api: APIClient, domain: FakeDomain) -> None:
    domain.is_repeat = True

    assert post_events(api, EVENT).json()["results"][0]["repeated"] is True


def test_it_accepts_the_good_entries_beside_the_bad(api: APIClient, domain: FakeDomain) -> None:
    answer = post_events(api, EVENT, {"payload": 5, "x/y": 1}, EVENT)

    assert answer.status_code == 202
    assert answer.json()["failed_count"] == 1
    assert answer.json()["results"][::2] == [ACCEPTED, ACCEPTED]
    assert answer.json()["results"][1]["code"] == "invalid_event"
    assert faults_of_result(answer, 1) == {
        ("/events/1/event_type", "required"),
        ("/events/1/payload", "not_an_object"),
        ("/events/1/x~1y", "unknown_field"),
    }
    assert len(domain.accepted) == 2


@pytest.mark.parametrize("entry", [None, 1, "text", [], True])
def test_it_refuses_an_entry_that_is_no_object(api: APIClient, entry: Any) -> None:
    answer = post_events(api, EVENT, entry)

    assert faults_of_result(answer, 1) == {("/events/1", "not_an_object")}


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "empty"), ("x" * 256, "too_long"), ("ключ", "ill_formed"), (5, "not_a_string")],
)
def test_it_refuses_a_key_that_is_none(api: APIClient, key: Any, code: str) -> None:
    answer = post_events(api, EVENT, {**EVENT, "idempotency_key": key})

    assert faults_of_result(answer, 1) == {("/events/1/idempotency_key", code)}


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        ('{"event_type":"a","event_type":"b","payload":{}}', "duplicate_key", "/event_type"),
        ('{"event_type":"a","payload":{"x":1,"x":2}}', "duplicate_key", "/payload/x"),
        ('{"event_type":"a","payload":{"x":NaN}}', "number_not_finite", "/payload/x"),
        ('{"event_type":"a","payload":{"x":"\\ud800"}}', "lone_surrogate", "/payload/x"),
    ],
)
def test_it_keeps_ambiguous_json_to_its_entry(
    *, api: APIClient, entry: str, code: str, pointer: str
) -> None:
    answer = post(api, f'{{"events": [{json.dumps(EVENT)}, {entry}]}}')

    assert answer.status_code == 202
    assert answer.json()["results"][1]["code"] == code
    assert faults_of_result(answer, 1) == {(f"/events/1{pointer}", code)}


def test_it_keeps_nesting_to_its_entry(api: APIClient) -> None:
    depth = settings.JSON_DEPTH_LIMIT
    nested = f'{{"event_type": "a", "payload": {"{" + chr(34) + "x" + chr(34) + ":"}'
    deep = nested + "[" * (depth - 1) + "]" * (depth - 1) + "}}"
    deepest = nested + "[" * (depth - 2) + "]" * (depth - 2) + "}}"

    results = post(api, f'{{"events": [{deepest}, {deep}]}}').json()["results"]

    assert "code" not in results[0]
    assert results[1]["code"] == "nesting_too_deep"


def test_it_holds_each_entry_to_the_size_of_a_single_event(api: APIClient) -> None:
    bare = len('{"event_type": "a", "payload": {"x": ""}}')
    entries = [
        {"event_type": "a", "payload": {"x": "x" * (settings.BODY_LIMIT_BYTES - bare + extra)}}
        for extra in (0, 1)
    ]

    answer = post_events(api, *entries)

    assert "code" not in answer.json()["results"][0]
    assert answer.json()["results"][1]["code"] == "event_too_large"
    assert faults_of_result(answer, 1) == {("/events/1", "event_too_large")}


def test_it_answers_422_if_no_entry_is_valid(api: APIClient, domain: FakeDomain) -> None:
    answer = post_events(api, 1, 2)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_batch")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["failed_count"], len(problem["results"])) == (2, 2)
    assert domain.accepted == []


def test_it_answers_503_if_the_store_takes_nothing(api: APIClient, domain: FakeDomain) -> None:
    domain.refusals = {"a": errors.StoreThrottled("secret")}

    answer = post_events(api, {"event_type": "a", "payload": {}}, 5)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "store_throttled")
    assert int(answer.headers["Retry-After"]) > 0
    assert [each["code"] for each in problem["results"]] == ["unavailable", "invalid_event"]
    assert problem["failed_count"] == 2
    assert b"secret" not in answer.content


def test_it_says_which_entries_to_send_again(api: APIClient, domain: FakeDomain) -> None:
    domain.refusals = {"a": errors.StoreUnavailable()}

    answer = post_events(api, EVENT, {"event_type": "a", "payload": {}})

    assert answer.status_code == 202
    assert answer.json()["results"][1]["code"] == "unavailable"
    assert answer.json()["results"][1]["detail"].endswith("Send it again.")


def test_it_says_which_keys_were_used_before(api: APIClient, domain: FakeDomain) -> None:
    domain.refusals = {"a": errors.IdempotencyKeyReused()}

    answer = post_events(api, EVENT, {"event_type": "a", "payload": {}})

    assert answer.json()["results"][1]["code"] == "idempotency_key_reused"


def test_it_takes_as_many_events_as_it_says_and_no_more(api: APIClient, domain: FakeDomain) -> None:
    assert len(post_events(api, *[EVENT] * 1_000).json()["results"]) == 1_000
    domain.accepted.clear()

    answer = post_events(api, *[EVENT] * 1_001)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_batch")
    assert faults_of(answer) == {("/events", "too_many")}
    assert domain.accepted == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"events": []}, "/events", "empty"),
        ({}, "/events", "required"),
        ({"events": {}}, "/events", "not_an_array"),
        ({"events": None}, "/events", "not_an_array"),
        ({"events": "text"}, "/events", "not_an_array"),
        ({"events": [EVENT], "more": 1}, "/more", "unknown_field"),
        ([EVENT], "", "not_an_object"),
        (5, "", "not_an_object"),
    ],
)
def test_it_refuses_what_is_no_batch(
    *, api: APIClient, domain: FakeDomain, body: Any, pointer: str, code: str
) -> None:
    answer = post(api, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_batch")
    assert faults_of(answer) == {(pointer, code)}
    assert domain.accepted == []


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "empty_body", ""),
        (b'{"events":[{"event_type":"a","payload":{}},]}', "malformed_json", "/events/1"),
        (b'{"events":[{"event_type":"a","payload":{},}]}', "malformed_json", "/events/0"),
        (b'{"events":[{"event_type":"a","payload":{}}]', "malformed_json", "/events"),
        (b'{"events":[{"event_type":"\xff"}]}', "invalid_utf8", ""),
        (b'\xef\xbb\xbf{"events":[]}', "byte_order_mark", ""),
        (b'{"events":[1],"events":[2]}', "duplicate_key", "/events"),
    ],
)
def test_it_stores_nothing_of_a_body_that_is_not_json(
    *, api: APIClient, domain: FakeDomain, body: bytes, code: str, pointer: str
) -> None:
    answer = post(api, body)

    problem = answer.json()
    assert answer.status_code == 400
    assert (problem["code"], problem["pointer"]) == (code, pointer)
    assert domain.accepted == []


def test_it_survives_hostile_nesting(api: APIClient) -> None:
    answer = post(api, '{"events":' + "[" * 1_000_000)

    assert (answer.status_code, answer.json()["code"]) == (400, "nesting_too_deep")


def test_it_refuses_a_body_beyond_the_limit(api: APIClient) -> None:
    body = json.dumps({"events": [EVENT]}).encode()

    assert post(api, body.ljust(settings.BATCH_BODY_LIMIT_BYTES)).status_code == 202
    assert post(api, body.ljust(settings.BATCH_BODY_LIMIT_BYTES + 1)).status_code == 413


def test_it_refuses_one_key_for_many_events(api: APIClient, domain: FakeDomain) -> None:
    answer = post_events(api, EVENT, **{"Idempotency-Key": "a"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert domain.accepted == []


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json; charset=latin-1", "application/xml"]
)
def test_it_says_which_content_types_it_takes(api: APIClient, content_type: str) -> None:
    answer = api.post("/events/batch", b"{}", content_type, CONTENT_TYPE=content_type)

    taken = "application/json, application/x-ndjson, application/cloudevents-batch+json"
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Post"] == taken
    assert taken in answer.json()["detail"]


def test_it_takes_posts_only(api: APIClient) -> None:
    answer = api.get("/events/batch")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")


def test_it_keeps_event_types_that_a_key_may_not_use_to_their_entries(
    api: APIClient, domain: FakeDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(tenant="acme", event_types=("order.*",))
    monkeypatch.setattr(view, "identify", lambda _: caller)

    answer = post_events(api, EVENT, {"event_type": "user.created", "payload": {}})

    assert answer.json()["results"][1]["code"] == "event_type_not_allowed"
    assert faults_of_result(answer, 1) == {("/events/1", "event_type_not_allowed")}
    assert [each["tenant"] for each in domain.accepted] == ["acme"]


def test_it_takes_every_entry_out_of_the_limit(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(Caller, "take", lambda _, count: taken.append(count))

    post_events(api, EVENT, 5, EVENT)
    post_events(api, 5)

    assert taken == [3, 1]


def test_it_answers_as_it_is_described(api: APIClient, domain: FakeDomain) -> None:
    domain.refusals = {"a": errors.StoreUnavailable()}

    answer = post_events(api, EVENT, 5, {"event_type": "a", "payload": {}})

    assert len(BatchResult.model_validate_json(answer.content).results) == 3
