"""Looking at an event."""

from http import HTTPStatus

from events.api.media_types import CLOUDEVENT
from events.api.schema import answers, examples, headers
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.problems import STORE

EVENT_ID = Parameter(
    name="event_id",
    place="path",
    schema={"type": "string", "format": "uuid"},
    description="The event's id, in lower case as it was given out.",
    is_required=True,
    example=examples.EVENT_ID,
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    schema={"type": "string"},
    description="The ETag of what you have; 304 if it is still so.",
    example=examples.ETAG,
)

OPERATIONS: Operations = {
    ("GET", "/events/{event_id}"): Operation(
        name="getEvent",
        tag="events",
        summary="Look at an event",
        description=(
            "The event as it is now, with its newest 20 attempts and its replays; as a CloudEvent "
            f"for `Accept: {CLOUDEVENT}`."
        ),
        parameters=(EVENT_ID, IF_NONE_MATCH),
        answers=(
            Answer(
                description="The event.",
                bodies=(
                    Body(shape=answers.Event, examples={"succeeded": examples.EVENT}),
                    Body(
                        shape=answers.CloudEvent,
                        media_type=CLOUDEVENT,
                        examples={"CloudEvent": examples.CLOUDEVENT},
                    ),
                ),
                headers=(headers.ETAG,),
            ),
            Answer(
                status=HTTPStatus.NOT_MODIFIED,
                description="The event is as it was.",
                headers=(headers.ETAG,),
            ),
        ),
        problems=("event_not_found", *STORE),
    ),
}
