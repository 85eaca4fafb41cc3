"""Taking many events out at once."""

from events.api.exporting import EXPORTS_AT_ONCE
from events.api.filters import ExportInput
from events.api.media_types import CLOUDEVENT_BATCH, LINES
from events.api.schema import answers, examples
from events.api.schema.operation import Answer, Body, Operation, Operations
from events.api.schema.operations.listing import MEANING, SENT_AS, query_parameters
from events.api.schema.problems import STORE

_MEANING = {name: text for name, text in MEANING.items() if name not in ("cursor", "limit")} | {
    "format": f"`ndjson` ({LINES}) or `cloudevents` ({CLOUDEVENT_BATCH}).",
    "cursor": "Where to go on: `next` of the last line of an export with the same filters.",
}
_SENT_AS = SENT_AS | {
    "format": {"enum": ["ndjson", "cloudevents"], "default": "ndjson"},
}
_END = {"complete": True, "count": 1, "code": None, "next": None}

OPERATIONS: Operations = {
    ("GET", "/events/export"): Operation(
        name="exportEvents",
        tag="events",
        summary="Take out the events of a filter",
        description=(
            "All of them, newest first, whole, as they are when they are read; streamed, however "
            "many there are. As `ndjson` each line is an event as `GET /events/{event_id}` shows "
            "it, and the last line says whether these are all: an export without that line was "
            "cut off. As `cloudevents` it is an array with an event a line, and was cut off if "
            "its last bracket is missing. Blank lines mean nothing. Each process is at "
            f"{EXPORTS_AT_ONCE} exports at once, at most."
        ),
        parameters=query_parameters(ExportInput, _MEANING, _SENT_AS),
        answers=(
            Answer(
                description="The events.",
                bodies=(
                    Body(
                        shape=answers.ExportLines,
                        media_type=LINES,
                        examples={"lines": [examples.EVENT, _END]},
                    ),
                    Body(
                        shape=answers.CloudEvents,
                        media_type=CLOUDEVENT_BATCH,
                        examples={"CloudEvents": [examples.CLOUDEVENT]},
                    ),
                ),
            ),
        ),
        problems=(
            "invalid_query",
            "invalid_cursor",
            "event_type_not_allowed",
            "too_many_exports",
            *STORE,
        ),
    ),
}
