from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from events import queries, services
from events.errors import (
    DatabaseUnavailable,
    SchemaViolation,
    StoreUnavailable,
    UnknownEventType,
)
from events.event import NewEvent
from events.event_types import Mode
from events.queries import event_types
from events.services.would_be_rejections import tally
from events.store.would_be_rejections import WouldBeRejections
from tests.events.event_types.conftest import SaveEventType
from tests.factories import accept_event
from tests.fake_dynamodb import FakeDynamoDB


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store what was seen when a test says so."""
    monkeypatch.setattr(tally, "_start", lambda: None)


def check(payload_json: str = "{}", event_type: str = "order.created", **fields: Any) -> None:
    event = NewEvent(event_type=event_type, payload_json=payload_json, **fields)
    services.check_event(event, tenant="acme")


def seen(tenant: str | None = "acme") -> WouldBeRejections | None:
    tally.flush()
    return queries.get_would_be_rejections(tenant=tenant).get("order.created")


def test_it_takes_what_matches(save_event_type: SaveEventType) -> None:
    save_event_type()

    check('{"order": 7}')


def test_it_refuses_what_does_not(save_event_type: SaveEventType) -> None:
    save_event_type()

    with pytest.raises(SchemaViolation) as caught:
        check('{"order": "7"}')
    assert [(each["pointer"], each["code"]) for each in caught.value.faults] == [
        ("/payload/order", "type")
    ]


def test_it_names_the_place_in_a_cloudevent(save_event_type: SaveEventType) -> None:
    save_event_type()

    with pytest.raises(SchemaViolation) as caught:
        check(cloudevent_json="{}")
    assert caught.value.faults[0]["pointer"] == "/data/order"


def test_it_looks_at_nothing_in_mode_off(save_event_type: SaveEventType) -> None:
    save_event_type(mode=Mode.OFF)

    check("what nobody looks at")


def test_it_takes_unknown_types(save_event_type: SaveEventType) -> None:
    save_event_type()

    check(event_type="order.unheard-of")


def test_it_refuses_unknown_types_if_it_should(
    save_event_type: SaveEventType, settings: Settings
) -> None:
    save_event_type()
    settings.UNKNOWN_EVENT_TYPES = "refuse"

    with pytest.raises(UnknownEventType):
        check(event_type="order.unheard-of")


@pytest.mark.usefixtures("dynamodb")
def test_it_counts_what_it_would_refuse_in_mode_warn(save_event_type: SaveEventType) -> None:
    save_event_type(mode=Mode.WARN)
    for _ in range(3):
        check('{"order": "secret"}')
    check('{"order": 7}')

    found = seen()
    assert found is not None
    assert (found.count, found.faults) == (3, (("/order", "type"),))


@pytest.mark.usefixtures("dynamodb")
def test_it_adds_up_what_processes_have_seen(save_event_type: SaveEventType) -> None:
    save_event_type(mode=Mode.WARN)
    for _ in range(2):
        check()
        tally.flush()
        tally.flush()
        tally.forget()

    found = seen()
    assert found is not None
    assert found.count == 2


@pytest.mark.usefixtures("dynamodb")
def test_it_counts_anew_with_another_schema(save_event_type: SaveEventType) -> None:
    save_event_type(mode=Mode.WARN)
    check()
    save_event_type(mode=Mode.WARN, schema_json='{"type": "object"}')

    assert seen() is None


@pytest.mark.usefixtures("dynamodb")
def test_it_counts_for_each_tenant(save_event_type: SaveEventType) -> None:
    save_event_type(mode=Mode.WARN)
    check()

    assert seen("another") is None
    assert seen(None) is not None


def test_it_keeps_what_the_store_did_not_take(
    save_event_type: SaveEventType, dynamodb: FakeDynamoDB
) -> None:
    save_event_type(mode=Mode.WARN)
    check()
    dynamodb.is_away = True
    tally.flush()
    dynamodb.is_away = False

    assert seen() is not None


def test_it_goes_on_without_sql(
    save_event_type: SaveEventType, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_event_type()
    check('{"order": 7}')
    monkeypatch.setattr(event_types.known_event_types, "_load", _away)
    monkeypatch.setattr(event_types.known_event_types, "_max_age_seconds", 0.0)

    with pytest.raises(SchemaViolation):
        check()


def test_it_takes_nothing_before_it_knows_the_types(
    save_event_type: SaveEventType, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_event_type()
    monkeypatch.setattr(event_types.known_event_types, "_load", _away)

    with pytest.raises(DatabaseUnavailable):
        check()


def test_it_compiles_a_schema_once(
    save_event_type: SaveEventType, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_event_type()
    check('{"order": 7}')
    monkeypatch.delattr(event_types, "compile_schema")
    event_types.known_event_types.forget()

    with pytest.raises(SchemaViolation):
        check()


def _away() -> None:
    raise OperationalError


def test_it_names_the_place_of_what_came_as_base64(save_event_type: SaveEventType) -> None:
    save_event_type()

    with pytest.raises(SchemaViolation) as caught:
        check('{"data_base64": "AA=="}', cloudevent_json='{"data":"base64"}')
    assert {fault["pointer"] for fault in caught.value.faults} == {"/data_base64"}


@pytest.mark.usefixtures("dynamodb", "dispatcher")
def test_it_takes_the_repeat_of_what_was_stored_under_an_older_schema(
    save_event_type: SaveEventType,
) -> None:
    stored = accept_event(payload_json="{}", idempotency_key="k")
    save_event_type()

    check("{}", idempotency_key="k")
    assert accept_event(payload_json="{}", idempotency_key="k") == stored


@pytest.mark.usefixtures("dynamodb", "dispatcher")
@pytest.mark.parametrize("other", [{"idempotency_key": "k2"}, {"source": "shop"}, {}])
def test_it_refuses_another_event_than_the_stored_one(
    save_event_type: SaveEventType, other: dict[str, str]
) -> None:
    accept_event(payload_json='{"a": 1}', idempotency_key="k")
    save_event_type()

    with pytest.raises(SchemaViolation):
        check("{}" if not other else '{"a": 1}', **{"idempotency_key": "k"} | other)


def test_it_says_come_again_while_it_cannot_know_a_repeat(
    save_event_type: SaveEventType, dynamodb: FakeDynamoDB
) -> None:
    save_event_type()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        check("{}", idempotency_key="k")


def test_it_asks_for_the_repeats_of_a_batch_in_few_calls(
    save_event_type: SaveEventType, dynamodb: FakeDynamoDB
) -> None:
    save_event_type()
    events = [
        NewEvent(event_type="order.created", payload_json="{}", idempotency_key=str(number))
        for number in range(1_000)
    ]
    refusals = services.check_events(events, tenant="acme")

    assert {type(refusal) for refusal in refusals} == {SchemaViolation}
    assert dynamodb.calls == {"batch_get_item": 10}
