"""Posting events: one at a time, many at once, as CloudEvents."""

from http import HTTPStatus

from django.conf import settings

from events.api.cloudevents import CloudEventBatchInput, CloudEventInput
from events.api.media_types import CLOUDEVENT, CLOUDEVENT_BATCH, LINES
from events.api.models import BATCH_LIMIT_EVENTS, BatchInput, EventInput, LinesInput
from events.api.schema import answers, examples, headers
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.problems import JSON_BODY, STORE

IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    # HTTP takes blanks from the ends of a header, so a key has none there.
    schema={"type": "string", "pattern": r"^[!-~]([ -~]{0,253}[!-~])?$"},
    description=(
        "Makes a repetition safe: the same event under the same key is stored once, for as long as "
        "it is kept. Use one for whatever you may have to send again. Of one event only: in a "
        "batch each has its own `idempotency_key`."
    ),
    example="order-7-created",
)
_BATCH_OF_CLOUDEVENTS = Body(
    shape=CloudEventBatchInput,
    media_type=CLOUDEVENT_BATCH,
    examples={"CloudEvents": [examples.CLOUDEVENT]},
)
_BATCH_OF_LINES = Body(
    # As OpenAPI 3.2 has it: what is an array here is one item per line there.
    shape=LinesInput,
    media_type=LINES,
    examples={"lines": [examples.POSTED]},
)
_BATCH_RESULT = {
    "results": [{**examples.ACCEPTED, "repeated": False}, examples.REFUSED],
    "failed_count": 1,
}
_WARNING = {
    "code": "schema_violation",
    "message": "The payload does not match its type's schema, which will refuse it once enforced.",
    "errors": [{"pointer": "/payload/order", "code": "minimum", "message": "It is less than 1."}],
}
_PROBLEMS = (
    *JSON_BODY,
    "invalid_event",
    "invalid_batch",
    "invalid_idempotency_key",
    "event_too_large",
    "event_type_not_allowed",
    "unknown_event_type",
    "schema_violation",
    "rate_limited",
    *STORE,
)

OPERATIONS: Operations = {
    ("POST", "/events"): Operation(
        name="postEvent",
        tag="events",
        summary="Post an event",
        description=(
            "202 means that the event is stored durably and will be processed.\n\n"
            f"The body has at most {settings.BODY_LIMIT_BYTES} bytes and nests at most "
            f"{settings.JSON_DEPTH_LIMIT} deep; it must arrive within "
            f"{settings.BODY_DEADLINE_SECONDS} s. `Content-Encoding: gzip` is taken, and the limit "
            "is of what it inflates to. No key of an object may come twice.\n\n"
            "`process_at` delays the first attempt, by at most the "
            f"{settings.RETENTION_DAYS} days that events are kept.\n\n"
            "CloudEvents 1.0 are taken in structured, batched and binary mode (`ce-` headers, the "
            "data in the body); their source and id are their idempotency key. Batches are "
            "answered as at `/events/batch`.\n\n"
            "After a 503, a 408 or a cut connection the event may be stored all the same: repeat "
            "it under its Idempotency-Key."
        ),
        parameters=(IDEMPOTENCY_KEY,),
        requests=(
            Body(
                shape=EventInput,
                examples={
                    "event": examples.POSTED,
                    "delayed": {**examples.POSTED, "process_at": "2026-11-24T08:00:00+01:00"},
                },
            ),
            Body(
                shape=CloudEventInput,
                media_type=CLOUDEVENT,
                examples={"CloudEvent": examples.CLOUDEVENT},
            ),
            _BATCH_OF_CLOUDEVENTS,
            _BATCH_OF_LINES,
        ),
        answers=(
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="The event is stored, now or by an earlier request with this key.",
                bodies=(
                    Body(
                        shape=answers.Posted,
                        examples={
                            "accepted": examples.ACCEPTED,
                            "warned": {**examples.ACCEPTED, "warnings": [_WARNING]},
                            "batch": _BATCH_RESULT,
                        },
                    ),
                ),
                headers=(headers.LOCATION, headers.IDEMPOTENCY_REPLAYED),
            ),
        ),
        problems=(*_PROBLEMS, "idempotency_key_reused"),
    ),
    ("POST", "/events/batch"): Operation(
        name="postEvents",
        tag="events",
        summary="Post many events at once",
        description=(
            f"1 to {BATCH_LIMIT_EVENTS} events in at most {settings.BATCH_BODY_LIMIT_BYTES} bytes; "
            f"each has the limits of a single one. There is one result per event, in their order, "
            "and one bad event never sinks the rest. 202 means that at least one is stored; if "
            "none is, the problem has the same `results`: 422 where all are invalid, 503 where the "
            "store took none. What is `unavailable` is to be sent again."
        ),
        requests=(
            Body(
                shape=BatchInput,
                examples={
                    "batch": {"events": [{**examples.POSTED, "idempotency_key": "order-7"}]},
                },
            ),
            _BATCH_OF_CLOUDEVENTS,
            _BATCH_OF_LINES,
        ),
        answers=(
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="What became of each event.",
                bodies=(Body(shape=answers.BatchResult, examples={"some": _BATCH_RESULT}),),
            ),
        ),
        problems=_PROBLEMS,
    ),
}
