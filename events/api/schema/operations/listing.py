"""Looking through events."""

from collections.abc import Mapping
from typing import Any

from events.api.filters import LIMIT_DEFAULT, LIMIT_MAXIMUM, ListInput, QueryInput
from events.api.schema import answers, examples
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.problems import STORE
from events.event import Status
from events.queries.listing import EXAMINED_LIMIT, SEARCH_SECONDS

_TIME = {"type": "string", "format": "date-time"}
# The model reads texts into values; a client sends the texts.
SENT_AS: dict[str, dict[str, Any]] = {
    "status": {"enum": [each.value for each in Status]},
    "received_after": _TIME,
    "received_before": _TIME,
}
_LIMIT = {
    "type": "integer",
    "minimum": 1,
    "maximum": LIMIT_MAXIMUM,
    "default": LIMIT_DEFAULT,
}
MEANING = {
    "event_type": "Of this type; served by an index.",
    "status": "In this state. `dead` and the open states are served by an index.",
    "source": "Of this source.",
    "subject": "With this subject.",
    "received_after": "Received then or later; served by an index. In an address, + is %2B.",
    "received_before": "Received before; served by an index.",
    "idempotency_key": "The one event posted under this key; one read.",
    "error_fingerprint": "Whose newest error has this fingerprint: those of an error group.",
    "cursor": "Where the page begins: `next` of the page before, with the same filters.",
    "limit": "At most so many events.",
}


def query_parameters(
    model: type[QueryInput], meaning: Mapping[str, str], sent_as: Mapping[str, dict[str, Any]]
) -> list[Parameter]:
    """Describe what a list takes, those that narrow it first."""
    properties = model.model_json_schema()["properties"]
    return [
        Parameter(
            name=name,
            place="query",
            schema=sent_as.get(name) or _usual(name) or _without_null(properties[name]),
            description=meaning[name],
        )
        for name in meaning
    ]


def _usual(name: str) -> dict[str, Any] | None:
    return _LIMIT if name == "limit" else None


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    # No parameter is sent as null; it is left out.
    given = next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), schema)
    return {name: value for name, value in given.items() if name != "title"}


OPERATIONS: Operations = {
    ("GET", "/events"): Operation(
        name="listEvents",
        tag="events",
        summary="Look through events, newest first",
        description=(
            "No event that was there when the first page was read is missed or repeated. Type, "
            "time, `status=dead` and the open states are served by indexes. For other filters a "
            f"page examines at most {EXAMINED_LIMIT} events, and for about {SEARCH_SECONDS:g} s: "
            "it may be short, even empty, and still have a `next`."
        ),
        parameters=query_parameters(ListInput, MEANING, SENT_AS),
        answers=(
            Answer(
                description="A page of events, without their payloads and attempts.",
                bodies=(
                    Body(
                        shape=answers.EventPage,
                        examples={"last page": {"events": [examples.ROW], "next": None}},
                    ),
                ),
            ),
        ),
        problems=("invalid_query", "invalid_cursor", "event_type_not_allowed", *STORE),
    ),
}
