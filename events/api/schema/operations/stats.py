"""How much there is of what."""

from typing import Any

from events.api.schema import answers
from events.api.schema.operation import Answer, Body, Operation, Operations
from events.api.schema.problems import STORE

_COUNTS: dict[str, Any] = {
    "accepted": 42,
    "repeated": 0,
    "succeeded": 41,
    "failed_attempts": 5,
    "dead": 1,
    "replayed": 0,
    "recovered": 0,
    "success_rate": 0.9762,
    "processing_seconds": {"mean": 0.02904, "longest": 0.4866},
}
_COUNTED = {"as_of": "2026-11-24T22:50:59.148417Z", "is_exact": True}
_STATS: dict[str, Any] = {
    "tenant": "default",
    "paused": ["default/order.created"],
    "totals": {
        **_COUNTED,
        "since": "2026-10-25T00:00:00.000000Z",
        **_COUNTS,
        "by_status": {"open": 0, "succeeded": 41, "dead": 1},
        "by_type": {"order.created": _COUNTS},
        "by_type_is_complete": True,
    },
    "last_hour": {
        **_COUNTED,
        # Of sixty.
        "minutes": ["2026-11-24T22:49:00.000000Z", "2026-11-24T22:50:00.000000Z"],
        "accepted": [40, 2],
        "succeeded": [39, 2],
        "failed_attempts": [5, 0],
        "dead": [1, 0],
        "success_rate": 0.9762,
        "accept_to_success_seconds": {
            "p50": 0.08708,
            "p95": 0.7765,
            "p99": 2.318,
            "count": 41,
            "is_exact": False,
        },
    },
    "dead": {**_COUNTED, "count": 1},
}

OPERATIONS: Operations = {
    ("GET", "/stats"): Operation(
        name="getStats",
        tag="stats",
        summary="Count events",
        description="From counters: as cheap with a million events as with ten.",
        answers=(
            Answer(
                description="The numbers of the key's tenant.",
                bodies=(Body(shape=answers.Stats, examples={"stats": _STATS}),),
            ),
        ),
        problems=STORE,
    ),
}
