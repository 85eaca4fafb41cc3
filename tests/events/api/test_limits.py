import json
import re
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from events.services import rate_limits
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain
from tests.events.api.keys import make_key
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("sql_in_memory", "dynamodb", "frozen_clock"),
]


@pytest.fixture(autouse=True)
def shares() -> Iterator[None]:
    rate_limits.shares.clear()
    yield
    rate_limits.shares.clear()


def test_it_answers_429_beyond_the_limit(api: APIClient, domain: FakeDomain) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=2)
    answers = [api.post_event(**headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert answers[-1]["Retry-After"] == "2"
    assert len(domain.accepted) == 2


def test_it_takes_events_again_after_the_time_that_it_told(
    api: APIClient, frozen_clock: FrozenClock
) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=1)
    api.post_event(**headers)
    refused = api.post_event(**headers)
    frozen_clock.advance(seconds=int(refused["Retry-After"]))

    assert api.post_event(**headers).status_code == 202


def test_it_tells_the_limit_with_every_answer(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=10, burst=20)
    answers = [
        api.post_event(**headers),
        api.post_event(b"{", **headers),
        api.get("/events/nothing", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [202, 400, 404]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"events";q=20;w=2'}
    assert {answer["RateLimit"] for answer in answers} == {'"events";r=19;t=1'}


def test_it_tells_no_shorter_time_than_there_is_to_wait(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=2)
    batch = {"events": [{"event_type": "order.created", "payload": {}}] * 10}
    api.post("/events/batch", batch, content_type="application/json", headers=headers)
    refused = api.post_event(**headers)

    assert (refused.status_code, refused["Retry-After"]) == (429, "18")
    assert refused["RateLimit"] == '"events";r=0;t=20'


def test_it_says_nothing_of_limits_where_there_is_none(
    api: APIClient, dynamodb: FakeDynamoDB
) -> None:
    _, headers = make_key()
    answer = api.post_event(**headers)

    assert not [name for name in answer.headers if re.match("ratelimit", name, re.IGNORECASE)]
    assert dynamodb.calls.total() == 0


def test_it_limits_keys_by_the_setting_that_have_no_limit_of_their_own(
    api: APIClient, settings: Settings
) -> None:
    settings.RATE_LIMIT_PER_SECOND = 5
    _, usual = make_key()
    _, unlimited = make_key(rate_per_second=0)

    assert api.post_event(**usual)["RateLimit-Policy"] == '"events";q=10;w=2'
    assert "RateLimit-Policy" not in api.post_event(**unlimited).headers


def test_it_reads_without_limit(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=1)
    api.post_event(**headers)

    assert [api.get("/stats", headers=headers).status_code for _ in range(3)] == [200, 200, 200]


def test_it_costs_nothing_to_be_refused_for_the_body(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=1)
    api.post_event(b"{", **headers)

    assert api.post_event(**headers).status_code == 202


def test_it_counts_each_event_of_a_batch(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=3)
    event = {"event_type": "order.created", "payload": {}}

    def post(count: int) -> int:
        body = json.dumps({"events": [event] * count})
        answer = api.post("/events/batch", body, "application/json", headers=headers)
        status: int = answer.status_code
        return status

    assert [post(2), post(2), post(1)] == [202, 429, 202]


def test_it_counts_what_a_batch_is_refused_for(api: APIClient) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=3)
    body = json.dumps({"events": [{}] * 3})
    statuses = [
        api.post("/events/batch", body, "application/json", headers=headers).status_code
        for _ in range(2)
    ]

    assert statuses == [422, 429]


@pytest.mark.parametrize("path", ["/events", "/events/batch"])
def test_it_reads_no_body_of_a_key_whose_limit_is_used_up(
    api: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, headers = make_key(rate_per_second=0.5, burst=1)
    api.post_event(**headers)
    monkeypatch.setattr("events.api.body.read_body", None)
    monkeypatch.setattr("events.api.batches.read_body", None)
    monkeypatch.setattr("events.api.views.events.read_body", None)

    answer = api.post(path, "{", "application/json", headers=headers)

    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
