"""How events look from outside: the fields of the API, in their order."""

from datetime import datetime
from typing import Any

import orjson

from events.api.errors import Problem
from events.event import (
    Acceptance,
    Attempt,
    AttemptError,
    Erasure,
    Event,
    PayloadVersion,
    Replay,
)
from events.explanation import Explanation
from events.queries import VersionedPayload


def show_time(moment: datetime | None) -> str | None:
    """Write an aware UTC time as RFC 3339 with microseconds."""
    if moment is None:
        return None
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def show_acceptance(acceptance: Acceptance) -> dict[str, Any]:
    return {
        "event_id": acceptance.event_id,
        "status": acceptance.status.value,
        "event_type": acceptance.event_type,
        "received_at": show_time(acceptance.received_at),
    }


def show_refusal(
    problem: Problem, *, pointer: str, line: int | None, is_retryable: bool
) -> dict[str, Any]:
    """Show why an entry of a batch was not accepted, with pointers into the whole body."""
    place = {"pointer": problem.members.get("pointer", "")}
    fault = {**place, "code": problem.code, "message": problem.detail}
    faults = problem.members.get("errors", [fault])
    return {
        "code": "unavailable" if is_retryable else problem.code,
        "detail": f"{problem.detail} Send it again." if is_retryable else problem.detail,
        **({} if line is None else {"line": line}),
        "errors": [{**each, "pointer": pointer + each["pointer"]} for each in faults],
    }


def show_event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "source": event.source,
        "subject": event.subject,
        "tenant": event.tenant,
        "payload": _embed(event.payload_json),
        "payload_version": event.payload_version,
        "status": event.status.value,
        "generation": event.generation,
        "received_at": show_time(event.received_at),
        "updated_at": show_time(event.updated_at),
        "process_at": show_time(event.process_at),
        "next_attempt_at": show_time(event.next_attempt_at),
        "expires_at": show_time(event.expires_at),
        "result": _embed(event.result_json),
        "attempt_count": event.attempt_count,
        "attempts": [_show_attempt(attempt) for attempt in event.attempts],
        "replays": [_show_replay(replay) for replay in event.replays],
        "payload_versions": [_show_version(each) for each in event.payload_versions],
        "is_erased": event.is_erased,
        "erasures": [_show_erasure(each) for each in event.erasures],
    }


def show_explanation(explanation: Explanation) -> dict[str, Any]:
    facts = explanation.facts
    return {
        "event_id": explanation.event_id,
        "reason": explanation.reason.value,
        "sentence": explanation.sentence,
        "facts": {
            "status": facts.status.value,
            "generation": facts.generation,
            "event_type": facts.event_type,
            "received_at": show_time(facts.received_at),
            "updated_at": show_time(facts.updated_at),
            "process_at": show_time(facts.process_at),
            "next_attempt_at": show_time(facts.next_attempt_at),
            "lease_ends_at": show_time(facts.lease_ends_at),
            "due_at": show_time(facts.due_at),
            "expires_at": show_time(facts.expires_at),
            "attempt": facts.attempt,
            "attempts_allowed": facts.attempts_allowed,
            "worker": facts.worker,
            "error": facts.error and _show_error(facts.error),
            "replay": facts.replay and _show_replay(facts.replay),
            "is_handled": facts.is_handled,
            "is_erased": facts.is_erased,
        },
    }


def show_payload(found: VersionedPayload) -> dict[str, Any]:
    shown = {**_show_version(found.version), "payload": _embed(found.payload_json)}
    return {"event_id": found.event.event_id, **shown}


def show_row(event: Event) -> dict[str, Any]:
    """Show an event of a list, which has neither payloads nor attempts."""
    shown = show_event(event)
    return {name: shown[name] for name in shown if name not in ("payload", "attempts")}


def _show_attempt(attempt: Attempt) -> dict[str, Any]:
    error = attempt.error
    return {
        "number": attempt.number,
        "generation": attempt.generation,
        "worker": attempt.worker,
        "version": attempt.version,
        "started_at": show_time(attempt.started_at),
        "ended_at": show_time(attempt.ended_at),
        "outcome": attempt.outcome and attempt.outcome.value,
        "error": error and _show_error(error),
    }


def _show_error(error: AttemptError) -> dict[str, Any]:
    # Tracebacks are for staff.
    return {"type": error.type, "message": error.message, "fingerprint": error.fingerprint}


def _show_replay(replay: Replay) -> dict[str, Any]:
    return {
        "generation": replay.generation,
        "replayed_at": show_time(replay.replayed_at),
        "actor": replay.actor,
        "reason": replay.reason,
        "payload_version": replay.payload_version,
        "plan_id": replay.plan_id,
    }


def _show_erasure(erasure: Erasure) -> dict[str, Any]:
    return {
        "generation": erasure.generation,
        "erased_at": show_time(erasure.erased_at),
        "actor": erasure.actor,
        "reason": erasure.reason,
    }


def _show_version(version: PayloadVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "created_at": show_time(version.created_at),
        "actor": version.actor,
    }


def _embed(text: str | None) -> orjson.Fragment | None:
    # Embedded as it was written: parsing and writing again would round numbers.
    return None if text is None else orjson.Fragment(text)
