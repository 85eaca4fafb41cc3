"""Looking through failures by kind."""

from typing import Any

from events.api.error_groups import ErrorListInput
from events.api.schema import answers, examples
from events.api.schema.operation import Answer, Body, Operation, Operations, Parameter
from events.api.schema.operations.listing import query_parameters
from events.api.schema.problems import STORE
from events.error_group import GroupOrder

_FINGERPRINT = "9f2c51d07ab3e846"
_GROUP: dict[str, Any] = {
    "fingerprint": _FINGERPRINT,
    "event_type": "order.created",
    "tenant": "default",
    "error_type": "shop.shipping.ShippingAway",
    "message": "shipping answered 503",
    "failed_attempts": 30_400,
    "deaths": 3_800,
    "first_seen_at": "2026-11-23T20:00:20.431877Z",
    "last_seen_at": "2026-11-23T21:12:04.080416Z",
    "first_version": "4f1d0f6",
    "last_version": "4f1d0f6",
    "example_event_id": examples.EVENT_ID,
    "replay_filter": {"event_type": "order.created", "error_fingerprint": _FINGERPRINT},
}
_MEANING = {
    "event_type": "Of this type.",
    "order": "What stands first: the kind seen last, or the one that most events died of.",
    "cursor": "Where the page begins: `next` of the page before, with the same parameters.",
    "limit": "At most so many groups.",
}
_SENT_AS = {
    "order": {"enum": [each.value for each in GroupOrder], "default": GroupOrder.NEWEST.value}
}
_COUNTED = (
    "They count what has failed while events are kept, whatever was replayed since, and follow "
    "within two seconds. What a killed worker had not counted yet is not counted."
)

OPERATIONS: Operations = {
    ("GET", "/errors"): Operation(
        name="listErrors",
        tag="errors",
        summary="Look through failures by kind",
        description=f"Attempts that failed alike are one error group. {_COUNTED}",
        parameters=query_parameters(ErrorListInput, _MEANING, _SENT_AS),
        answers=(
            Answer(
                description="A page of error groups.",
                bodies=(
                    Body(
                        shape=answers.ErrorGroups,
                        examples={
                            "last page": {"errors": [_GROUP], "next": None, "is_complete": True}
                        },
                    ),
                ),
            ),
        ),
        problems=("invalid_query", "invalid_cursor", "event_type_not_allowed", *STORE),
    ),
    ("GET", "/errors/{fingerprint}"): Operation(
        name="getError",
        tag="errors",
        summary="Look at one kind of failure",
        description=(
            "Its `replay_filter` is the `filter` of a replay plan for the events that are dead of "
            "it; `GET /events` lists them by `error_fingerprint`."
        ),
        parameters=(
            Parameter(
                name="fingerprint",
                place="path",
                schema={"type": "string", "pattern": "^[0-9a-f]{16}$"},
                description="As it stands with each error of an attempt.",
                is_required=True,
                example=_FINGERPRINT,
            ),
        ),
        answers=(
            Answer(
                description="The error group.",
                bodies=(Body(shape=answers.ErrorGroup, examples={"group": _GROUP}),),
            ),
        ),
        problems=("error_group_not_found", *STORE),
    ),
}
