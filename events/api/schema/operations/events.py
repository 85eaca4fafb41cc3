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
    ("DELETE", "/events/{event_id}/payload"): Operation(
        name="erasePayload",
        tag="events",
        summary="Erase an event's payload for good",
        description=(
            "Of a succeeded or dead event: every version of its payload, its result, what its "
            "errors said, what it carried as a CloudEvent, and the hash of its payload. Id, type, "
            "source, subject, times, statuses and who replayed it why remain. The idempotency key "
            "stays taken, and is refused from then on. A call whose answer was lost is repeated: "
            "409 `payload_erased` says that it was done, and the first reason stays. "
            "Needs the scope `events:erase`."
        ),
        parameters=(
            EVENT_ID,
            Parameter(
                name="reason",
                schema={"type": "string", "minLength": 1, "maxLength": 500},
                description="Why; it is shown with the event.",
                example="Asked for by the customer.",
            ),
        ),
        answers=(Answer(status=HTTPStatus.NO_CONTENT, description="It is erased."),),
        problems=(
            "invalid_query",
            "event_not_found",
            "event_type_not_allowed",
            "event_is_open",
            "payload_erased",
            *STORE,
        ),
    ),
}
