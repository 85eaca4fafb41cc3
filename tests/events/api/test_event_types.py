import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from events import queries
from events.errors import StoreUnavailable
from events.event_types import Definition, EventTypeRecord, Mode, compile_schema
from events.services.would_be_rejections import tally
from events.store.would_be_rejections import WouldBeRejections
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import RECEIVED_AT, FakeDomain
from tests.events.api.keys import make_key

SCHEMA = '{"properties": {"n": {"maximum": 123456789012345678901234567890}}, "required": ["n"]}'
SEEN = WouldBeRejections(
    count=3, last_seen_at=datetime(2026, 1, 2, tzinfo=UTC), faults=(("/n", "required"),)
)


def register(domain: FakeDomain, name: str = "order.created", **parts: Any) -> None:
    definition = Definition(**{"name": name, "mode": Mode.ENFORCE, "schema_json": SCHEMA} | parts)
    domain.event_types[name] = EventTypeRecord(
        definition=definition,
        version=2,
        updated_at=RECEIVED_AT,
        schema=None if definition.mode is Mode.OFF else compile_schema(SCHEMA),
    )


@pytest.fixture(autouse=True)
def reads(domain: FakeDomain, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_would_be_rejections(*, tenant: str) -> dict[str, WouldBeRejections]:
        domain._raise_error()  # noqa: SLF001
        assert tenant == "default"
        return {"order.created": SEEN}

    monkeypatch.setattr(queries, "list_event_types", lambda: list(domain.event_types.values()))
    monkeypatch.setattr(queries, "get_would_be_rejections", get_would_be_rejections)
    # What is counted is stored by a thread.
    monkeypatch.setattr(tally, "note", lambda **_: None)


def test_it_shows_an_event_type(api: APIClient, domain: FakeDomain) -> None:
    register(domain, description="Somebody has ordered.", example_json='{"n": 1.10}')

    answer = api.get("/event-types/order.created")

    assert answer.status_code == 200
    assert b"123456789012345678901234567890" in answer.content
    assert b"1.10" in answer.content
    assert answer.json() == {
        "name": "order.created",
        "description": "Somebody has ordered.",
        "mode": "enforce",
        "version": 2,
        "deprecated": False,
        "deprecation_note": None,
        "replacement": None,
        "updated_at": "2026-01-02T03:04:05.000060Z",
        "would_be_rejections": {
            "count": 3,
            "last_seen_at": "2026-01-02T00:00:00.000000Z",
            "last_faults": [{"pointer": "/payload/n", "code": "required"}],
        },
        "schema": json.loads(SCHEMA),
        "example": {"n": 1.1},
    }


def test_it_lists_event_types(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    register(domain, "order.paid", mode=Mode.OFF, schema_json=None)

    rows = api.get("/event-types").json()["event_types"]

    assert [row["name"] for row in rows] == ["order.created", "order.paid"]
    assert rows[1]["would_be_rejections"]["count"] == 0
    assert "schema" not in rows[0]


def test_it_knows_no_other(api: APIClient) -> None:
    answer = api.get("/event-types/order.created")

    assert (answer.status_code, answer.json()["code"]) == (404, "event_type_not_found")


def test_it_shows_the_rest_while_the_store_is_away(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    domain.error = StoreUnavailable()

    answer = api.get("/event-types/order.created")

    assert (answer.status_code, answer.json()["would_be_rejections"]) == (200, None)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_lets_nobody_write(api: APIClient, method: str) -> None:
    assert getattr(api, method)("/event-types/order.created").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("sql_in_memory")
def test_it_shows_a_key_what_it_may_use(
    api: APIClient, domain: FakeDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "get_would_be_rejections", lambda **_: {})
    register(domain)
    register(domain, "invoice.sent")
    _, headers = make_key(event_types=["invoice.*"])

    rows = api.get("/event-types", headers=headers).json()["event_types"]

    assert [row["name"] for row in rows] == ["invoice.sent"]
    assert api.get("/event-types/order.created", headers=headers).status_code == 403


def test_it_refuses_what_does_not_match(api: APIClient, domain: FakeDomain) -> None:
    register(domain)

    answer = api.post_event({"event_type": "order.created", "payload": {"m": 1}})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "schema_violation")
    assert problem["detail"] == "The event has 1 fault."
    assert problem["errors"] == [
        {"pointer": "/payload/n", "code": "required", "message": "It is required."}
    ]
    assert domain.accepted == []


def test_it_lists_a_bounded_number_of_faults(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    domain.event_types["order.created"] = EventTypeRecord(
        definition=Definition(name="order.created", mode=Mode.ENFORCE),
        version=1,
        updated_at=RECEIVED_AT,
        schema=compile_schema('{"properties": {"n": {}}, "additionalProperties": false}'),
    )

    payload = {f"field{n}": n for n in range(500)}
    problem = api.post_event({"event_type": "order.created", "payload": payload}).json()

    assert len(problem["errors"]) == 100
    assert problem["detail"] == "The event has 500 faults; the first 100 are listed."


def test_it_judges_each_entry_of_a_batch(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    events = [{"event_type": "order.created", "payload": payload} for payload in ({"n": 1}, {})]

    answer = api.post("/events/batch", {"events": events}, content_type="application/json")

    good, bad = answer.json()["results"]
    assert (answer.status_code, good["status"], bad["code"]) == (202, "pending", "schema_violation")
    assert bad["errors"][0]["pointer"] == "/events/1/payload/n"


def test_it_judges_each_line(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    lines = "".join(
        json.dumps({"event_type": "order.created", "payload": payload}) + "\n"
        for payload in ({"n": 1}, {})
    )

    answer = api.post_event(lines, content_type="application/x-ndjson")

    assert [each.get("code") for each in answer.json()["results"]] == [None, "schema_violation"]


@pytest.mark.usefixtures("dynamodb")
def test_it_judges_a_cloudevent(api: APIClient, domain: FakeDomain) -> None:
    register(domain)
    event = {"specversion": "1.0", "type": "order.created", "source": "shop", "id": "1", "data": {}}

    answer = api.post_event(event, content_type="application/cloudevents+json")

    assert answer.json()["code"] == "schema_violation"
    assert answer.json()["errors"][0]["pointer"] == "/data/n"


def test_it_tells_of_a_deprecated_type(api: APIClient, domain: FakeDomain) -> None:
    register(
        domain,
        mode=Mode.OFF,
        is_deprecated=True,
        deprecation_note="It is too coarse.",
        replacement="order.placed",
    )

    answer = api.post_event({"event_type": "order.created", "payload": {}})

    assert answer.status_code == 202
    assert answer.json()["warnings"] == [
        {
            "code": "event_type_deprecated",
            "message": "The event type order.created is deprecated. It is too coarse. "
            "Use order.placed.",
        }
    ]


def test_it_tells_what_would_be_refused(api: APIClient, domain: FakeDomain) -> None:
    register(domain, mode=Mode.WARN)

    answer = api.post_event({"event_type": "order.created", "payload": {}})

    (warning,) = answer.json()["warnings"]
    assert (answer.status_code, warning["code"]) == (202, "schema_violation")
    assert warning["errors"] == [
        {"pointer": "/payload/n", "code": "required", "message": "It is required."}
    ]


def test_it_tells_what_would_be_refused_of_a_batch(api: APIClient, domain: FakeDomain) -> None:
    register(domain, mode=Mode.WARN)
    events = [
        {"event_type": "order.created"},
        {"event_type": "order.created", "payload": {"n": 1}},
        {"event_type": "order.created", "payload": {}},
    ]

    answer = api.post("/events/batch", {"events": events}, content_type="application/json")

    bad, good, suspect = answer.json()["results"]
    assert (bad["code"], "warnings" in good) == ("invalid_event", False)
    assert suspect["warnings"][0]["errors"][0]["pointer"] == "/events/2/payload/n"


def test_it_refuses_unknown_types_if_it_should(
    api: APIClient, domain: FakeDomain, settings: Settings
) -> None:
    settings.UNKNOWN_EVENT_TYPES = "refuse"

    answer = api.post_event()

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_event_type")
    assert domain.accepted == []
