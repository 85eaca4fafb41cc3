"""Why an event is where it is."""

from typing import Any

from events.api.schema import answers, examples
from events.api.schema.operation import Answer, Body, Operation, Operations
from events.api.schema.operations.events import EVENT_ID
from events.api.schema.problems import STORE

_ROW = examples.ROW
_ERROR = {
    "type": "shop.shipping.ShippingAway",
    "message": "shipping answered 503",
    "fingerprint": "9f2c51d07ab3e846",
}
_RETRYING: dict[str, Any] = {
    "event_id": examples.EVENT_ID,
    "reason": "waits_for_retry",
    "sentence": (
        "Attempt 2 of 8 failed with shop.shipping.ShippingAway; the next one begins at "
        "2026-11-23 20:02:04 UTC."
    ),
    "facts": {
        "status": "retrying",
        "generation": 1,
        "event_type": "order.created",
        "received_at": _ROW["received_at"],
        "updated_at": "2026-11-23T20:01:57.120007Z",
        "process_at": None,
        "next_attempt_at": "2026-11-23T20:02:04.120007Z",
        "lease_ends_at": None,
        "due_at": "2026-11-23T20:02:34.120007Z",
        "expires_at": _ROW["expires_at"],
        "attempt": 2,
        "attempts_allowed": 8,
        "worker": "worker-1",
        "error": _ERROR,
        "replay": None,
        "is_handled": True,
        "is_erased": False,
    },
}
_DEAD = {
    **_RETRYING,
    "reason": "retries_used_up",
    "sentence": (
        "All 8 attempts failed, the last with shop.shipping.ShippingAway; it stays dead until "
        "somebody replays it."
    ),
    "facts": {
        **_RETRYING["facts"],
        "status": "dead",
        "updated_at": "2026-11-23T20:12:40.004815Z",
        "next_attempt_at": None,
        "due_at": None,
        "attempt": 8,
    },
}

OPERATIONS: Operations = {
    ("GET", "/events/{event_id}/explain"): Operation(
        name="explainEvent",
        tag="events",
        summary="Say why an event is where it is, and what will happen next",
        description="`reason` is stable and meant for programs, `sentence` for people.",
        parameters=(EVENT_ID,),
        answers=(
            Answer(
                description="The explanation.",
                bodies=(
                    Body(
                        shape=answers.Explanation,
                        examples={"retrying": _RETRYING, "dead": _DEAD},
                    ),
                ),
            ),
        ),
        problems=("event_not_found", "event_type_not_allowed", *STORE),
    ),
}
