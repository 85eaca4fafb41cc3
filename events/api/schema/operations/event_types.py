"""Looking at event types."""

from typing import Any

from events.api.models import EventInput
from events.api.schema import answers
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter

_TYPE: dict[str, Any] = EventInput.model_json_schema()["properties"]["event_type"]
_ROW = {
    "name": "order.created",
    "description": "A customer has ordered.",
    "mode": "enforce",
    "version": 1,
    "deprecated": False,
    "deprecation_note": None,
    "replacement": None,
    "updated_at": "2026-11-23T20:00:20.388361Z",
    "would_be_rejections": {"count": 0, "last_seen_at": None, "last_faults": []},
}
_SHOWN = {
    **_ROW,
    "schema": {"type": "object", "required": ["order"]},
    "example": {"order": 7},
}

OPERATIONS: Operations = {
    ("GET", "/event-types"): Operation(
        name="listEventTypes",
        tag="event types",
        summary="Look through the event types",
        description="Those that the key may use, by name.",
        answers=(
            Answer(
                description="The event types.",
                bodies=(Body(shape=answers.EventTypes, examples={"one": {"event_types": [_ROW]}}),),
            ),
        ),
    ),
    ("GET", "/event-types/{name}"): Operation(
        name="getEventType",
        tag="event types",
        summary="Look at an event type",
        description="With its schema and an example.",
        parameters=(
            Parameter(
                name="name",
                place="path",
                schema={name: value for name, value in _TYPE.items() if name != "title"},
                description="The event type's name.",
                is_required=True,
                example="order.created",
            ),
        ),
        answers=(
            Answer(
                description="The event type.",
                bodies=(Body(shape=answers.EventType, examples={"one": _SHOWN}),),
            ),
        ),
        problems=("event_type_not_found", "event_type_not_allowed"),
    ),
}
