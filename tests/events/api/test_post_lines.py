from typing import Any

import pytest

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain

_LINES = "application/x-ndjson"
LINE = b'{"event_type": "a", "payload": {"n": 1.10}}'


def post(api: APIClient, body: bytes, path: str = "/events/batch") -> Any:
    # Django's client leaves the type of an empty body out unless told apart.
    return api.post(path, body, _LINES, CONTENT_TYPE=_LINES)


@pytest.mark.parametrize("path", ["/events/batch", "/events"])
def test_it_takes_one_event_per_line(api: APIClient, domain: FakeDomain, path: str) -> None:
    answer = post(api, LINE + b"\r\n\n  \n" + LINE, path)

    assert answer.status_code == 202
    assert (len(answer.json()["results"]), answer.json()["failed_count"]) == (2, 0)
    assert [each["payload_json"] for each in domain.accepted] == ['{"n": 1.10}'] * 2


def test_it_takes_a_key_with_each_event(api: APIClient, domain: FakeDomain) -> None:
    post(api, b'{"event_type": "a", "payload": {}, "idempotency_key": "k"}\n')

    assert domain.accepted[0]["idempotency_key"] == "k"


@pytest.mark.parametrize(
    ("line", "code", "pointer"),
    [
        (b"{oops}", "malformed_json", "/1"),
        (b'{"event_type": "a", "payload": {},}', "malformed_json", "/1"),
        (b'{"event_type": "\xff"}', "invalid_utf8", "/1"),
        (b'{"payload": {"x": 1, "x": 2}}', "duplicate_key", "/1/payload/x"),
        (b"[" * 100_000, "nesting_too_deep", "/1" + "/0" * 64),
        (b"[]", "not_an_object", "/1"),
    ],
)
def test_it_keeps_a_broken_line_to_itself(
    *, api: APIClient, line: bytes, code: str, pointer: str
) -> None:
    answer = post(api, b"\n".join([LINE, b"", line, LINE]))

    result = answer.json()["results"][1]
    assert (answer.status_code, answer.json()["failed_count"]) == (202, 1)
    assert result["line"] == 3
    assert [(each["pointer"], each["code"]) for each in result["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("body", [b"", b"\n \n"])
def test_it_refuses_a_body_without_events(api: APIClient, body: bytes) -> None:
    answer = post(api, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_batch")
    assert answer.json()["errors"][0]["code"] == "empty"


def test_it_refuses_too_many_lines(api: APIClient, domain: FakeDomain) -> None:
    answer = post(api, (LINE + b"\n") * 1_001)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "too_many"
    assert domain.accepted == []
