import gzip
import json
import tracemalloc
from typing import Any

import pytest
from django.conf import settings

from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain

_JSON = "application/json"
BODY = b'{"event_type": "a", "payload": {"n": 1.10}}'
# Names of tests must not change with the time, which gzip puts in.
COMPRESSED = gzip.compress(BODY, mtime=0)


def post(api: APIClient, body: bytes, *, encoding: str = "gzip", path: str = "/events") -> Any:
    headers = {"Content-Encoding": encoding}
    # Django's client leaves the type of an empty body out unless told apart.
    return api.post(path, body, _JSON, headers=headers, CONTENT_TYPE=_JSON)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_it_inflates_gzip(api: APIClient, domain: FakeDomain, encoding: str) -> None:
    assert post(api, gzip.compress(BODY), encoding=encoding).status_code == 202
    assert domain.accepted[0]["payload_json"] == '{"n": 1.10}'


def test_it_inflates_batches(api: APIClient, domain: FakeDomain) -> None:
    body = json.dumps({"events": [json.loads(BODY)] * 3}).encode()

    assert post(api, gzip.compress(body), path="/events/batch").status_code == 202
    assert len(domain.accepted) == 3


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_it_takes_a_plain_body(api: APIClient, encoding: str) -> None:
    assert post(api, BODY, encoding=encoding).status_code == 202


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "oops"])
def test_it_says_which_encodings_it_takes(api: APIClient, encoding: str) -> None:
    answer = post(api, BODY, encoding=encoding)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_content_encoding")
    assert answer.headers["Accept-Encoding"] == "gzip, identity"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BODY,
        COMPRESSED[:-1],
        COMPRESSED[:12],
        COMPRESSED + b"more",
        COMPRESSED + COMPRESSED,
        COMPRESSED[:-8] + b"\0" * 8,
    ],
    # Compressed bytes carry the time: as names of tests they would not be found again.
    ids=["empty", "plain", "cut-end", "cut-early", "trailing", "two-members", "wrong-checksum"],
)
def test_it_refuses_broken_gzip(api: APIClient, domain: FakeDomain, body: bytes) -> None:
    answer = post(api, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "broken_gzip")
    assert domain.accepted == []


def test_it_limits_what_is_inflated(api: APIClient) -> None:
    limit = settings.BODY_LIMIT_BYTES

    assert post(api, gzip.compress(BODY.ljust(limit))).status_code == 202
    answer = post(api, gzip.compress(BODY.ljust(limit + 1)))

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "inflated" in answer.json()["detail"]


def test_it_does_not_inflate_a_bomb(api: APIClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()

    answer = post(api, bomb)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(bomb) < settings.BODY_LIMIT_BYTES
    assert answer.status_code == 413
    assert peak_bytes < 10 * settings.BODY_LIMIT_BYTES
