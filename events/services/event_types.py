"""Registering event types, and changing what they promise."""

from dataclasses import dataclass, replace
from enum import StrEnum

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction

from events.errors import EventTypeNotFound, IncompatibleSchema
from events.event_types import (
    Comparison,
    Definition,
    Fault,
    InvalidSchema,
    Mode,
    Schema,
    compare,
    compile_schema,
    pretty,
)
from events.models import EventType, SchemaVersion
from events.strict_json import InvalidJSON

_logger = structlog.get_logger(__name__)

_FAULTS_SHOWN = 20


class Action(StrEnum):
    """What saving a definition does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What saving a definition would do; ``comparison`` is None where no schema follows another."""

    definition: Definition
    action: Action
    # Names of the definition's parts that differ.
    changed: tuple[str, ...] = ()
    comparison: Comparison | None = None

    @property
    def is_safe(self) -> bool:
        return self.comparison is None or self.comparison.is_safe


def plan_event_type(definition: Definition) -> Plan:
    """Check a definition and say what saving it would do; nothing is changed.

    Raises Django's ValidationError, with a list of messages for each part that is wrong.
    """
    definition = _checked(definition)
    event_type = EventType.objects.filter(name=definition.name).first()
    if event_type is None:
        return Plan(definition=definition, action=Action.NEW)
    before = event_type.to_definition(event_type.active_schema)
    changed = tuple(
        name for name in Definition.__slots__ if getattr(before, name) != getattr(definition, name)
    )
    return Plan(
        definition=definition,
        action=Action.CHANGED if changed else Action.UNCHANGED,
        changed=changed,
        comparison=_compare(before.schema_json or _newest(event_type), before, definition),
    )


@transaction.atomic
def save_event_type(
    definition: Definition, *, actor: str, allow_incompatible: bool = False
) -> Plan:
    """Register an event type or change it; a schema that is not an earlier one is a new version.

    Raises ValidationError, and IncompatibleSchema for a change that may refuse what matched.
    """
    # Whoever changes the same type waits here.
    EventType.objects.select_for_update().filter(name=definition.name).first()
    plan = plan_event_type(definition)
    if not (plan.is_safe or allow_incompatible):
        raise IncompatibleSchema(str(plan.comparison))
    if plan.action is not Action.UNCHANGED:
        _save(plan.definition, actor)
        _logger.info(
            "event_type_saved",
            event_type=definition.name,
            mode=definition.mode.value,
            changed=plan.changed,
            is_compatible=plan.is_safe,
            actor=actor,
        )
    return plan


def try_payload(event_type: EventType, payload_json: str) -> list[Fault]:
    """Return what is wrong with a payload by the active schema; nothing is stored."""
    try:
        # The check itself takes only what was read strictly.
        pretty(payload_json)
    except InvalidJSON as error:
        place = f"line {error.line}, column {error.column}"
        return [
            {"pointer": error.pointer, "code": error.code, "message": f"{error.message} ({place})"}
        ]
    active = event_type.active_schema
    return compile_schema(active.schema_json).find_faults(payload_json) if active else []


def delete_event_type(name: str, *, actor: str) -> None:
    """Forget an event type with all its schemas; its events stay. Raises EventTypeNotFound."""
    deleted, _ = EventType.objects.filter(name=name).delete()
    if not deleted:
        raise EventTypeNotFound(f"There is no event type {name}.")
    _logger.info("event_type_deleted", event_type=name, actor=actor)


def _checked(definition: Definition) -> Definition:
    """Return the definition with its texts as they are kept, or raise what is wrong with it."""
    wrong: dict[str, list[str]] = {}
    schema_json = _kept_text(definition.schema_json, "schema_json", wrong)
    example_json = _kept_text(definition.example_json, "example_json", wrong)
    schema = _compiled(schema_json, wrong)
    if example_json is not None and not wrong:
        _check_example(example_json, schema, wrong)
    if definition.mode is not Mode.OFF and definition.schema_json is None:
        wrong["mode"] = [f"{definition.mode} needs a schema."]
    if wrong:
        raise ValidationError(wrong)
    checked = replace(definition, schema_json=schema_json, example_json=example_json)
    _row(checked).clean_fields(exclude=("created_by", "updated_by"))
    return checked


def _kept_text(text: str | None, part: str, wrong: dict[str, list[str]]) -> str | None:
    if text is None:
        return None
    try:
        return pretty(text)
    except InvalidJSON as error:
        wrong[part] = [f"{error.message} (line {error.line}, column {error.column})"]
        return None


def _compiled(schema_json: str | None, wrong: dict[str, list[str]]) -> Schema | None:
    if schema_json is None:
        return None
    try:
        return compile_schema(schema_json)
    except InvalidSchema as error:
        wrong["schema_json"] = [str(error)]
        return None


def _check_example(example_json: str, schema: Schema | None, wrong: dict[str, list[str]]) -> None:
    if not example_json.startswith("{"):
        wrong["example_json"] = ["A payload is a JSON object."]
        return
    faults = schema.find_faults(example_json) if schema else []
    if faults:
        wrong["example_json"] = [
            f"{fault['pointer'] or 'The example'}: {fault['message']}"
            for fault in faults[:_FAULTS_SHOWN]
        ]


def _newest(event_type: EventType) -> str | None:
    """Return the newest schema there was: clients may hold to one that was taken away."""
    newest = event_type.versions.first()
    return None if newest is None else newest.schema_json


def _compare(old: str | None, before: Definition, after: Definition) -> Comparison | None:
    new = after.schema_json
    if old is None or new is None or old == new:
        return None
    return compare(old, new, example=before.example_json)


def _row(definition: Definition) -> EventType:
    return EventType(name=definition.name, **_columns(definition))


def _columns(definition: Definition) -> dict[str, str | bool]:
    return {
        "description": definition.description,
        "mode": definition.mode.value,
        "is_deprecated": definition.is_deprecated,
        "deprecation_note": definition.deprecation_note,
        "replacement": definition.replacement,
        "example_json": definition.example_json or "",
    }


def _save(definition: Definition, actor: str) -> None:
    columns = {**_columns(definition), "updated_by": actor}
    event_type, _ = EventType.objects.update_or_create(
        name=definition.name,
        defaults=columns,
        create_defaults={**columns, "created_by": actor},
    )
    event_type.version = _version_of(event_type, definition.schema_json, actor)
    event_type.save(update_fields=["version"])


def _version_of(event_type: EventType, schema_json: str | None, actor: str) -> int | None:
    """Return the number of a schema, which may be an earlier one come back."""
    if schema_json is None:
        return None
    versions = event_type.versions.all()
    for version in versions:
        if version.schema_json == schema_json:
            return version.number
    number = 1 + max((version.number for version in versions), default=0)
    SchemaVersion(
        event_type=event_type, number=number, schema_json=schema_json, created_by=actor
    ).save()
    return number
