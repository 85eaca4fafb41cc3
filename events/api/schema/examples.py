"""What the examples of several calls have in common."""

from typing import Any

EVENT_ID = "01a209fe-c1a4-7041-8805-ea81cdad138f"
PLAN_ID = "01a209ff-0b7e-7c1f-9a31-5b0d6b1f0c2e"
ETAG = 'W/"5d41402abc4b2a76b9719d911017c592"'
POSTED = {"event_type": "order.created", "payload": {"order": 7}}
ACCEPTED = {
    "event_id": EVENT_ID,
    "status": "pending",
    "event_type": "order.created",
    "received_at": "2026-11-23T20:00:20.388361Z",
}
CLOUDEVENT = {
    "specversion": "1.0",
    "id": "7",
    "source": "/shop",
    "type": "order.created",
    "time": "2026-11-23T20:00:20Z",
    "data": {"order": 7},
}
FAULT = {"pointer": "/event_type", "code": "required", "message": "It is required."}
REFUSED = {
    "code": "invalid_event",
    "detail": "The event has 1 fault.",
    "errors": [{**FAULT, "pointer": "/events/1/event_type"}],
}
ROW: dict[str, Any] = {
    "event_id": EVENT_ID,
    "event_type": "order.created",
    "source": None,
    "subject": None,
    "tenant": "default",
    "status": "succeeded",
    "generation": 1,
    "received_at": "2026-11-23T20:00:20.388361Z",
    "updated_at": "2026-11-23T20:00:20.431877Z",
    "process_at": None,
    "next_attempt_at": None,
    "expires_at": "2026-12-23T20:00:20.000000Z",
    "result": {"shipped": 7},
    "attempt_count": 1,
    "replays": [],
    "payload_version": 1,
    "payload_versions": [],
    "is_erased": False,
    "erasures": [],
}
ATTEMPT = {
    "number": 1,
    "generation": 1,
    "worker": "worker-1",
    "version": "4f1d0f6",
    "started_at": "2026-11-23T20:00:20.402114Z",
    "ended_at": "2026-11-23T20:00:20.431877Z",
    "outcome": "succeeded",
    "error": None,
}
EVENT: dict[str, Any] = {**ROW, "payload": POSTED["payload"], "attempts": [ATTEMPT]}
