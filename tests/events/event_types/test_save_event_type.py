from typing import Any

import pytest
from django.core.exceptions import ValidationError

from events import queries, services
from events.errors import EventTypeNotFound, IncompatibleSchema
from events.event_types import Mode
from events.models import EventType
from tests.events.event_types.conftest import SCHEMA, SaveEventType

LOOSER = '{"type": "object"}'
TIGHTER = '{"type": "object", "required": ["order", "customer"]}'


def versions() -> list[tuple[int, bool]]:
    row = EventType.objects.get()
    return [(each.number, each.number == row.version) for each in row.versions.all()]


def test_it_registers_an_event_type(save_event_type: SaveEventType) -> None:
    plan = save_event_type(description="Somebody has ordered.", example_json='{"order": 7}')

    row = EventType.objects.get()
    assert plan.action == "new"
    assert (row.name, row.mode, row.created_by, row.version) == (
        "order.created",
        "enforce",
        "tests",
        1,
    )


def test_it_makes_a_version_of_another_schema(save_event_type: SaveEventType) -> None:
    save_event_type()
    plan = save_event_type(schema_json=LOOSER)

    assert plan.changed == ("schema_json",)
    assert versions() == [(2, True), (1, False)]


def test_it_makes_an_earlier_version_active_again(save_event_type: SaveEventType) -> None:
    save_event_type()
    save_event_type(schema_json=LOOSER)
    save_event_type(schema_json=SCHEMA.replace(" ", "\n"), allow_incompatible=True)

    assert versions() == [(2, False), (1, True)]


def test_it_never_changes_a_version(save_event_type: SaveEventType) -> None:
    save_event_type()
    version = EventType.objects.get().versions.get()

    with pytest.raises(ValidationError, match="never changed"):
        version.save()


def test_it_changes_nothing_where_nothing_differs(save_event_type: SaveEventType) -> None:
    save_event_type()
    before = EventType.objects.get().updated_at
    plan = save_event_type()

    assert plan.action == "unchanged"
    assert EventType.objects.get().updated_at == before


def test_it_refuses_an_incompatible_schema(save_event_type: SaveEventType) -> None:
    save_event_type()

    with pytest.raises(IncompatibleSchema):
        save_event_type(schema_json=TIGHTER)
    assert versions() == [(1, True)]


def test_it_takes_one_that_is_confirmed(save_event_type: SaveEventType) -> None:
    save_event_type()
    save_event_type(schema_json=TIGHTER, allow_incompatible=True)

    assert versions() == [(2, True), (1, False)]


def test_it_forgets_a_schema(save_event_type: SaveEventType) -> None:
    save_event_type()
    save_event_type(schema_json=None, mode=Mode.OFF)

    assert versions() == [(1, False)]


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"name": "order..created"}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"schema_json": '{"type": "x"}'}, "schema_json"),
        ({"schema_json": "{"}, "schema_json"),
        ({"schema_json": None}, "mode"),
        ({"example_json": '{"order": "7"}'}, "example_json"),
        ({"example_json": "{"}, "example_json"),
        ({"example_json": "[]", "schema_json": "{}"}, "example_json"),
        ({"replacement": "not a name"}, "replacement"),
        ({"deprecation_note": "x" * 501}, "deprecation_note"),
    ],
)
def test_it_says_which_part_is_wrong(
    save_event_type: SaveEventType, parts: dict[str, Any], part: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        save_event_type(**parts)
    assert list(caught.value.message_dict) == [part]
    assert not EventType.objects.exists()


def test_it_deletes_an_event_type(save_event_type: SaveEventType) -> None:
    save_event_type()
    services.delete_event_type("order.created", actor="tests")

    assert queries.read_definitions() == []


@pytest.mark.django_db
def test_it_deletes_no_other() -> None:
    with pytest.raises(EventTypeNotFound):
        services.delete_event_type("order.created", actor="tests")


def test_it_compares_with_a_schema_that_was_taken_away(save_event_type: SaveEventType) -> None:
    save_event_type()
    save_event_type(schema_json=None, mode=Mode.OFF)

    with pytest.raises(IncompatibleSchema):
        save_event_type(schema_json=TIGHTER)
    assert save_event_type(schema_json=LOOSER).is_safe
