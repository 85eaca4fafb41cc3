"""How event types look from outside, and what clients are told of deprecated ones."""

from collections.abc import Mapping
from typing import Any

import orjson

from events import queries
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


def show_warnings(event_type: str) -> dict[str, list[dict[str, str]]]:
    """Return what the answer to an accepted event says besides: nothing, as a rule."""
    record = queries.find_event_type(event_type)
    if record is None or not record.definition.is_deprecated:
        return {}
    definition = record.definition
    parts = [f"The event type {event_type} is deprecated.", definition.deprecation_note]
    if definition.replacement:
        parts.append(f"Use {definition.replacement}.")
    message = " ".join(filter(None, parts))
    return {"warnings": [{"code": "event_type_deprecated", "message": message}]}


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
