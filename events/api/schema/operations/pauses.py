"""Letting events wait, and letting them go on."""

from http import HTTPStatus
from typing import Any

from events.api.pauses import PauseInput, ResumptionInput
from events.api.schema import answers, examples, headers
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.problems import JSON_BODY, STORE

_PAUSE_ID = Parameter(
    name="pause_id",
    place="path",
    schema={"type": "string", "format": "uuid"},
    description="The pause's id.",
    is_required=True,
    example=examples.PLAN_ID,
)
_PAUSE: dict[str, Any] = {
    "pause_id": examples.PLAN_ID,
    "tenant": "default",
    "event_type": "order.created",
    "state": "paused",
    "reason": "The shop is down.",
    "paused_by": "evp_ab12cd34",
    "paused_at": "2026-11-23T21:00:00.000000Z",
    "rate": None,
    "resumed_by": None,
    "resumed_at": None,
    "ended_at": None,
    "waiting": {"count": 120, "is_exact": True},
}
_SHOWN = Body(shape=answers.Pause, examples={"paused": _PAUSE})

OPERATIONS: Operations = {
    ("GET", "/pauses"): Operation(
        name="listPauses",
        tag="pauses",
        summary="See what is paused",
        description=(
            "What holds the tenant's events back or is being drained, and the newest 100 that "
            "have ended. Needs the scope `events:pause`."
        ),
        answers=(
            Answer(
                description="The pauses.",
                bodies=(Body(shape=answers.Pauses, examples={"one": {"pauses": [_PAUSE]}}),),
            ),
        ),
        problems=STORE,
    ),
    ("POST", "/pauses"): Operation(
        name="postPause",
        tag="pauses",
        summary="Pause an event type or the tenant",
        description=(
            "Events are accepted as ever, and wait; what runs comes to its end. Every process "
            "knows of it within a few seconds. Without an `event_type` all types are paused. "
            "What is paused already stays as it is, so repeating is safe. `all_tenants` needs "
            "the scope `staff` and an `event_type`. Needs the scope `events:pause`."
        ),
        requests=(
            Body(
                shape=PauseInput,
                examples={
                    "type": {"event_type": "order.created", "reason": "The shop is down."},
                    "tenant": {"reason": "We are moving."},
                },
            ),
        ),
        answers=(
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="It is paused.",
                bodies=(_SHOWN,),
                headers=(headers.LOCATION,),
            ),
        ),
        problems=(
            *JSON_BODY,
            "invalid_pause",
            "pauses_everything",
            "too_many_pauses",
            "event_type_not_allowed",
            *STORE,
        ),
    ),
    ("GET", "/pauses/{pause_id}"): Operation(
        name="getPause",
        tag="pauses",
        summary="Look at a pause",
        description="Needs the scope `events:pause`.",
        parameters=(_PAUSE_ID,),
        answers=(Answer(description="The pause.", bodies=(_SHOWN,)),),
        problems=("pause_not_found", *STORE),
    ),
    ("POST", "/pauses/{pause_id}/resume"): Operation(
        name="resumePause",
        tag="pauses",
        summary="Resume what was paused",
        description=(
            "New events run as ever, and what has waited is dispatched at the rate, by whichever "
            "workers there are. Once more changes the rate. Needs the scope `events:pause`."
        ),
        parameters=(_PAUSE_ID,),
        requests=(Body(shape=ResumptionInput, examples={"rate": {"rate": 50}}),),
        answers=(
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="Workers begin within seconds.",
                bodies=(
                    Body(
                        shape=answers.Pause,
                        examples={
                            "draining": _PAUSE
                            | {
                                "state": "draining",
                                "rate": 50,
                                "resumed_by": "evp_ab12cd34",
                                "resumed_at": "2026-11-23T22:00:00.000000Z",
                            }
                        },
                    ),
                ),
            ),
        ),
        problems=(*JSON_BODY, "invalid_pause", "pause_not_found", *STORE),
    ),
}
