"""What schemathesis cannot know of the API: how NDJSON is written, and what has no schema.

Loaded by schemathesis itself, as its hooks.
"""

import json
import uuid
from typing import Any

import schemathesis
from schemathesis import (
    Case,
    DeserializationContext,
    HookContext,
    Response,
    SerializationContext,
)

ONE_EVENT = {"application/json", "application/cloudevents+json"}
# Within what any installation keeps.
NEAR = "2026-01-02T03:04:05Z"


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: SerializationContext, value: Any) -> bytes:
    entries = value if isinstance(value, list) else [value]
    return "\n".join(map(json.dumps, entries)).encode()


@schemathesis.deserializer("application/x-ndjson")
def read_lines(_: DeserializationContext, response: Response) -> list[Any]:
    return [json.loads(line) for line in response.text.splitlines() if line]


@schemathesis.hook
def before_call(_: HookContext, case: Case, **__: Any) -> None:
    """Keep what should be taken from contradicting other requests, or itself."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        if case.path == "/events" and case.media_type not in ONE_EVENT:
            # One key cannot stand for many events.
            del case.headers["Idempotency-Key"]
        else:
            case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.path in ("/events", "/events/export", "/errors") and case.method == "GET":
        _mend_query(case.query)
    if case.path == "/replays" and case.method == "POST":
        # One that is there but null narrows nothing.
        case.body["filter"]["source"] = "shop"
    for event in _events_of(case.body):
        _mend_event(event)


def _mend_query(query: Any) -> None:
    # Only the platform itself makes cursors; and a window must not be empty.
    query.pop("cursor", None)
    if "received_after" in query:
        query.pop("received_before", None)


def _events_of(body: Any) -> list[Any]:
    entries = body.get("events", [body]) if isinstance(body, dict) else body
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _mend_event(event: Any) -> None:
    if isinstance(event.get("idempotency_key"), str):
        event["idempotency_key"] = str(uuid.uuid4())
    if "specversion" in event:
        event["id"] = str(uuid.uuid4())
        # To JSON Schema 1.0 is an integer, to CloudEvents it is none.
        event.update({name: int(each) for name, each in event.items() if isinstance(each, float)})
    if isinstance(event.get("process_at"), str):
        event["process_at"] = NEAR
