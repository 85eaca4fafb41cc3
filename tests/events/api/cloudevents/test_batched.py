import json
from typing import Any

import pytest

from tests.events.api.cloudevents.test_structured import CLOUDEVENT
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import FakeDomain


def post(api: APIClient, body: Any, path: str = "/events/batch") -> Any:
    return api.post(path, json.dumps(body), "application/cloudevents-batch+json")


@pytest.mark.parametrize("path", ["/events", "/events/batch"])
def test_it_accepts_many_cloudevents(api: APIClient, domain: FakeDomain, path: str) -> None:
    answer = post(
        api, [CLOUDEVENT, {**CLOUDEVENT, "id": "2", "time": "2020-01-01T00:00:00Z"}], path
    )

    assert (answer.status_code, answer.json()["failed_count"]) == (202, 0)
    assert len(answer.json()["results"]) == 2
    assert json.loads(domain.accepted[1]["cloudevent_json"])["time"] == "2020-01-01T00:00:00Z"
    assert len({each["idempotency_key"] for each in domain.accepted}) == 2


def test_it_accepts_the_good_ones_beside_the_bad(api: APIClient, domain: FakeDomain) -> None:
    answer = post(api, [{**CLOUDEVENT, "type": "not a type"}, CLOUDEVENT, 5])

    results = answer.json()["results"]
    assert (answer.status_code, answer.json()["failed_count"]) == (202, 2)
    assert results[0]["errors"][0]["pointer"] == "/0/type"
    assert results[2]["errors"][0]["pointer"] == "/2"
    assert len(domain.accepted) == 1


@pytest.mark.parametrize(
    ("body", "code"), [([], "empty"), (CLOUDEVENT, "not_an_array"), ([1] * 1_001, "too_many")]
)
def test_it_refuses_what_is_no_batch(api: APIClient, body: Any, code: str) -> None:
    answer = post(api, body)

    (fault,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_batch")
    assert (fault["pointer"], fault["code"]) == ("", code)
