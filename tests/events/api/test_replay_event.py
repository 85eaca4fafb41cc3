import json
from typing import Any

import pytest

from events import queries
from events.api.caller import Caller
from events.api.views import view
from events.event_types import Definition, EventTypeRecord, Mode, compile_schema
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import RECEIVED_AT
from tests.factories import TENANT, accept_event, bury, claim_event, get_event, make_dead_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "caller")

WHY = {"reason": "bug fixed"}


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Caller(tenant=TENANT, key_id="evp_ab12cd34")
    monkeypatch.setattr(view, "identify", lambda _: made)
    monkeypatch.setattr(queries, "find_event_type", lambda _: None)


@pytest.fixture
def api() -> APIClient:
    """Ask the API with the real domain behind it."""
    return APIClient(raise_request_exception=False)


def replay(api: APIClient, event_id: str, body: Any) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    return api.post(f"/events/{event_id}/replay", data, "application/json")


def test_it_starts_the_next_generation(api: APIClient) -> None:
    event_id = make_dead_event()

    answer = replay(api, event_id, {**WHY, "generation": None, "payload": None})

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/events/{event_id}"
    assert answer.json() == {"event_id": event_id, "status": "pending", "generation": 2}
    (shown,) = api.get(f"/events/{event_id}").json()["replays"]
    assert (shown["actor"], shown["reason"], shown["plan_id"]) == (
        "evp_ab12cd34",
        "bug fixed",
        None,
    )


def test_it_refuses_an_open_event(api: APIClient) -> None:
    answer = replay(api, accept_event(), WHY)

    assert (answer.status_code, answer.json()["code"]) == (409, "event_is_open")


def test_it_can_be_repeated_safely_with_the_generation(api: APIClient) -> None:
    event_id = make_dead_event()
    replay(api, event_id, {**WHY, "generation": 1})
    bury(claim_event(event_id, generation=2))

    assert replay(api, event_id, {**WHY, "generation": 1}).status_code == 409
    assert replay(api, event_id, {**WHY, "generation": 2}).status_code == 202


@pytest.mark.parametrize("event_id", ["no-id", "01a209f8-a0bd-7743-8c8d-8d47b635fab4"])
def test_it_knows_no_event_of_an_unknown_id(api: APIClient, event_id: str) -> None:
    answer = replay(api, event_id, WHY)

    assert (answer.status_code, answer.json()["code"]) == (404, "event_not_found")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/reason", "required")),
        ({**WHY, "generation": 0}, ("/generation", "out_of_range")),
        ({**WHY, "payload": [1]}, ("/payload", "not_an_object")),
    ],
)
def test_it_names_every_fault(api: APIClient, body: Any, fault: tuple[str, str]) -> None:
    answer = replay(api, make_dead_event(), body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_replay")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [fault]


@pytest.mark.parametrize("first", ['{"n": 1.10}', f'{{"text": "{"x" * 5_000}"}}'])
def test_it_keeps_the_old_payload_beside_the_edited_one(api: APIClient, first: str) -> None:
    event_id = make_dead_event(payload_json=first)
    replay(api, event_id, '{"reason": "typo", "payload": {"n": 1.20}}')

    assert claim_event(event_id, generation=2).payload_json == '{"n": 1.20}'
    versions = [api.get(f"/events/{event_id}/payloads/{n}").content for n in (1, 2)]
    assert f'"payload":{first}'.encode() in versions[0]
    assert b'"payload":{"n": 1.20}' in versions[1]


def test_it_says_who_edited_and_which_generation_ran_what(
    api: APIClient, frozen_clock: FrozenClock
) -> None:
    event_id = make_dead_event()
    frozen_clock.advance(hours=1)
    replay(api, event_id, {**WHY, "payload": {"n": 2}})
    bury(claim_event(event_id, generation=2))
    replay(api, event_id, WHY)

    event = api.get(f"/events/{event_id}").json()
    assert event["payload"] == {"n": 2}
    assert [each["payload_version"] for each in event["replays"]] == [2, 2]
    assert event["payload_version"] == 2
    assert [(each["version"], each["actor"]) for each in event["payload_versions"]] == [
        (1, None),
        (2, "evp_ab12cd34"),
    ]
    assert event["payload_versions"][0]["created_at"] == event["received_at"]


def test_it_keeps_every_payload_as_long_as_the_event(
    api: APIClient, dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    event_id = make_dead_event(payload_json=f'{{"text": "{"x" * 5_000}"}}')
    for generation in (2, 3):
        frozen_clock.advance(days=20)
        replay(api, event_id, {**WHY, "payload": {"n": generation}})
        bury(claim_event(event_id, generation=generation))

    items = dynamodb.events.items()
    assert (len(items), len({item["expires_at"]["N"] for item in items})) == (4, 1)


def test_it_shows_the_payload_of_an_event_that_was_never_edited(api: APIClient) -> None:
    event_id = make_dead_event(payload_json='{"n": 1}')

    shown = api.get(f"/events/{event_id}/payloads/1").json()

    assert (shown["version"], shown["actor"], shown["payload"]) == (1, None, {"n": 1})


@pytest.mark.parametrize("version", [0, 2, 999_999])
def test_it_knows_no_other_payload(api: APIClient, version: int) -> None:
    answer = api.get(f"/events/{make_dead_event()}/payloads/{version}")

    assert (answer.status_code, answer.json()["code"]) == (404, "payload_version_not_found")


def test_it_checks_the_edited_payload_by_its_schema(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = '{"required": ["order"]}'
    record = EventTypeRecord(
        definition=Definition(name="order.created", mode=Mode.ENFORCE, schema_json=schema),
        version=1,
        updated_at=RECEIVED_AT,
        schema=compile_schema(schema),
    )
    monkeypatch.setattr(queries, "find_event_type", lambda _: record)
    event_id = make_dead_event()

    answer = replay(api, event_id, {**WHY, "payload": {}})

    assert (answer.status_code, answer.json()["code"]) == (422, "schema_violation")
    assert get_event(event_id).generation == 1


def test_it_needs_a_new_payload_once_the_old_one_is_erased(
    api: APIClient, dynamodb: FakeDynamoDB
) -> None:
    event_id = make_dead_event()
    (item,) = dynamodb.events.items()
    del item["payload"]
    dynamodb.events.put(item)

    answer = replay(api, event_id, WHY)

    assert (answer.status_code, answer.json()["code"]) == (409, "payload_erased")
    assert replay(api, event_id, {**WHY, "payload": {}}).status_code == 202
