"""Replaying events, one or many."""

from http import HTTPStatus
from typing import Any

from django.conf import settings

from events.api.replays import ReplayInput, ReplayPlanInput
from events.api.schema import answers, examples, headers
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.operations.events import EVENT_ID
from events.api.schema.problems import JSON_BODY, STORE

_PLAN_ID = Parameter(
    name="plan_id",
    place="path",
    schema={"type": "string", "format": "uuid"},
    description="The plan's id.",
    is_required=True,
    example=examples.PLAN_ID,
)
_VERSION = Parameter(
    name="version",
    place="path",
    schema={"type": "integer", "minimum": 1, "maximum": 999_999},
    description="1 is the client's own payload.",
    is_required=True,
    example=1,
)
_FILTER = {"event_type": "order.created", "status": "dead"}
_ESTIMATE = {"count": 3_800, "is_exact": True}
_PLAN: dict[str, Any] = {
    "plan_id": examples.PLAN_ID,
    "tenant": "default",
    "state": "running",
    "filter": {**_FILTER, "received_before": "2026-11-23T21:00:00.000000Z"},
    "reason": "The shipping service is back.",
    "actor": "evp_ab12cd34",
    "rate": 50,
    "created_at": "2026-11-23T21:00:00.000000Z",
    "changed_at": "2026-11-23T21:00:00.000000Z",
    "changed_by": "evp_ab12cd34",
    "expected": _ESTIMATE,
    "examined": 101,
    "replayed": 100,
    "skipped": {"open": 0, "changed": 1, "erased": 0, "expired": 0},
    "succeeded": 49,
    "failed_again": 1,
    "unsettled": 50,
    "is_settled": False,
}
_ASKED = {"filter": _FILTER, "reason": _PLAN["reason"]}
_SHOWN = Body(shape=answers.ReplayPlan, examples={"running": _PLAN})


def _action(action: str, summary: str, description: str) -> Operation:
    return Operation(
        name=f"{action}Replay",
        tag="replays",
        summary=summary,
        description=f"{description} Needs the scope `events:replay`; repeating it is safe.",
        parameters=(_PLAN_ID,),
        answers=(Answer(description="The plan.", bodies=(_SHOWN,)),),
        problems=("replay_plan_not_found", "replay_plan_has_ended", *STORE),
    )


OPERATIONS: Operations = {
    ("POST", "/events/{event_id}/replay"): Operation(
        name="replayEvent",
        tag="replays",
        summary="Replay an event",
        description=(
            "A succeeded or dead event becomes pending again, as its next generation, with its "
            "history kept. A `payload` takes the place of the one so far, which is kept beside "
            "it. With a `generation` only that one is replayed, so that the request can be "
            "repeated safely. Needs the scope `events:replay`."
        ),
        parameters=(EVENT_ID,),
        requests=(
            Body(
                shape=ReplayInput,
                examples={
                    "replay": {"reason": "The shipping service is back."},
                    "edited": {"reason": "It had no address.", "payload": {"order": 7}},
                },
            ),
        ),
        answers=(
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="The event will be processed once more.",
                bodies=(
                    Body(
                        shape=answers.StartedReplay,
                        examples={
                            "started": {
                                "event_id": examples.EVENT_ID,
                                "status": "pending",
                                "generation": 2,
                            }
                        },
                    ),
                ),
                headers=(headers.LOCATION,),
            ),
        ),
        problems=(
            *JSON_BODY,
            "invalid_replay",
            "event_type_not_allowed",
            "schema_violation",
            "unknown_event_type",
            "event_not_found",
            "event_is_open",
            "payload_erased",
            *STORE,
        ),
    ),
    ("GET", "/events/{event_id}/payloads/{version}"): Operation(
        name="getPayload",
        tag="replays",
        summary="Look at a payload that an event has or had",
        description="Replays may edit the payload; `replays` say which one each generation ran on.",
        parameters=(EVENT_ID, _VERSION),
        answers=(
            Answer(
                description="The payload.",
                bodies=(
                    Body(
                        shape=answers.Payload,
                        examples={
                            "first": {
                                "event_id": examples.EVENT_ID,
                                "version": 1,
                                "created_at": examples.ROW["received_at"],
                                "actor": None,
                                "payload": {"order": 7},
                            }
                        },
                    ),
                ),
            ),
        ),
        problems=(
            "event_not_found",
            "payload_version_not_found",
            "event_type_not_allowed",
            *STORE,
        ),
    ),
    ("GET", "/replays"): Operation(
        name="listReplays",
        tag="replays",
        summary="Look through the replay plans",
        description="The newest 100 of the tenant. Needs the scope `events:replay`.",
        answers=(
            Answer(
                description="The plans.",
                bodies=(Body(shape=answers.ReplayPlans, examples={"one": {"replays": [_PLAN]}}),),
            ),
        ),
        problems=STORE,
    ),
    ("POST", "/replays"): Operation(
        name="postReplay",
        tag="replays",
        summary="Replay many events",
        description=(
            "The events that match the filter now (dead ones, unless it says otherwise) are "
            "replayed oldest first, at the plan's rate, by whichever workers there are. What "
            "moves meanwhile is left alone and counted as skipped, and nothing is replayed twice "
            "by one plan. With `dry_run` nothing is made; more than "
            f"{settings.REPLAY_CONFIRM_ABOVE} events need a `confirm_count` that is at least "
            "their count. Needs the scope `events:replay`."
        ),
        requests=(
            Body(
                shape=ReplayPlanInput,
                examples={"plan": _ASKED, "dry run": {**_ASKED, "dry_run": True}},
            ),
        ),
        answers=(
            Answer(
                description="A dry run: what would be replayed.",
                bodies=(
                    Body(
                        shape=answers.ReplayPreview,
                        examples={
                            "preview": {
                                "filter": _PLAN["filter"],
                                "expected": _ESTIMATE,
                                "needs_confirmation": False,
                                "sample": [examples.ROW],
                            }
                        },
                    ),
                ),
            ),
            Answer(
                status=HTTPStatus.ACCEPTED,
                description="The plan is made, and workers begin with it within seconds.",
                bodies=(_SHOWN,),
                headers=(headers.LOCATION,),
            ),
        ),
        problems=(
            *JSON_BODY,
            "invalid_replay",
            "empty_replay_filter",
            "replay_not_confirmed",
            "replay_plan_overlaps",
            "event_type_not_allowed",
            *STORE,
        ),
    ),
    ("GET", "/replays/{plan_id}"): Operation(
        name="getReplay",
        tag="replays",
        summary="Look at a replay plan",
        description="As far as it has come. Needs the scope `events:replay`.",
        parameters=(_PLAN_ID,),
        answers=(Answer(description="The plan.", bodies=(_SHOWN,)),),
        problems=("replay_plan_not_found", *STORE),
    ),
    ("POST", "/replays/{plan_id}/pause"): _action(
        "pause", "Pause a replay plan", "It stops within a page, and goes on when resumed."
    ),
    ("POST", "/replays/{plan_id}/resume"): _action(
        "resume", "Resume a replay plan", "It goes on where it was paused."
    ),
    ("POST", "/replays/{plan_id}/abort"): _action(
        "abort", "Abort a replay plan", "It ends for good; what it has replayed stays so."
    ),
}
