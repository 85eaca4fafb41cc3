"""How event types look from outside, and what clients are warned of."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from events import queries
from events.api.errors import FAULTS_SHOWN
from events.api.representations import show_time
from events.event_types import EventTypeRecord


def show_event_type_row(
    record: EventTypeRecord, would_be_rejections: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Show an event type of a list, which has neither schema nor example."""
    definition = record.definition
    return {
        "name": definition.name,
        "description": definition.description,
        "mode": definition.mode.value,
        "version": record.version,
        "deprecated": definition.is_deprecated,
        "deprecation_note": definition.deprecation_note or None,
        "replacement": definition.replacement or None,
        "updated_at": show_time(record.updated_at),
        "would_be_rejections": _show_would_be(record.name, would_be_rejections),
    }


def show_event_type(
    record: EventTypeRecord, would_be_rejections: Mapping[str, Any] | None
) -> dict[str, Any]:
    definition = record.definition
    return {
        **show_event_type_row(record, would_be_rejections),
        "schema": definition.schema_json and orjson.Fragment(definition.schema_json),
        "example": definition.example_json and orjson.Fragment(definition.example_json),
    }


def show_warnings(
    event_type: str, faults: Sequence[Mapping[str, str]], *, pointer: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """Return what the answer to an accepted event says besides: nothing, as a rule.

    ``faults`` are what its type would refuse if it did more than to warn; ``pointer`` is what
    stands before theirs in the body.
    """
    warnings = [*_warn_of_deprecation(event_type), *_warn_of_faults(faults, pointer)]
    return {"warnings": warnings} if warnings else {}


def _warn_of_deprecation(event_type: str) -> list[dict[str, Any]]:
    record = queries.find_event_type(event_type)
    if record is None or not record.definition.is_deprecated:
        return []
    definition = record.definition
    parts = [f"The event type {event_type} is deprecated.", definition.deprecation_note]
    if definition.replacement:
        parts.append(f"Use {definition.replacement}.")
    message = " ".join(filter(None, parts))
    return [{"code": "event_type_deprecated", "message": message}]


def _warn_of_faults(faults: Sequence[Mapping[str, str]], pointer: str) -> list[dict[str, Any]]:
    if not faults:
        return []
    message = "The payload does not match its type's schema, which will refuse it once enforced."
    errors = [{**each, "pointer": pointer + each["pointer"]} for each in faults[:FAULTS_SHOWN]]
    return [{"code": "schema_violation", "message": message, "errors": errors}]


def _show_would_be(name: str, found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    seen = found.get(name)
    if seen is None:
        return {"count": 0, "last_seen_at": None, "last_faults": []}
    return {
        "count": seen.count,
        "last_seen_at": show_time(seen.last_seen_at),
        "last_faults": [
            {"pointer": f"/payload{pointer}", "code": code} for pointer, code in seen.faults
        ],
    }
