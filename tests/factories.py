"""Events in whatever state a test needs, made the way the platform makes them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from events import queries, services
from events.event import AttemptError, ClaimedEvent, Event, Outcome

TENANT = "acme"
ERROR = AttemptError(type="ValueError", message="no", fingerprint="f" * 16, traceback="at line 1")

Result = TypeVar("Result")


def accept_event(**fields: Any) -> str:
    """Accept an event and return its id."""
    return services.accept_event(**event_fields(**fields)).event_id


def event_fields(**fields: Any) -> dict[str, Any]:
    defaults = {"event_type": "order.created", "payload_json": '{"total": 12.50}', "tenant": TENANT}
    return defaults | fields


def try_to_claim(
    event_id: str, *, generation: int = 1, message_id: str = "message-1", **options: Any
) -> ClaimedEvent | services.Refusal:
    return services.claim_event(
        event_id=event_id,
        generation=generation,
        message_id=message_id,
        worker="worker-1",
        **options,
    )


def claim_event(event_id: str, **options: Any) -> ClaimedEvent:
    claimed = try_to_claim(event_id, **options)
    assert isinstance(claimed, ClaimedEvent), claimed
    return claimed


def refusal_of(event_id: str, **options: Any) -> services.Refusal:
    refusal = try_to_claim(event_id, **options)
    assert isinstance(refusal, services.Refusal), refusal
    return refusal


def retry(claimed: ClaimedEvent, *, wait_seconds: float = 0) -> bool:
    return services.retry_event(
        claimed, outcome=Outcome.FAILED, error=ERROR, wait_seconds=wait_seconds
    )


def bury(claimed: ClaimedEvent) -> bool:
    return services.bury_event(claimed, outcome=Outcome.FAILED, error=ERROR)


def make_succeeded_event(**fields: Any) -> str:
    event_id = accept_event(**fields)
    assert services.finish_event(claim_event(event_id), result_json='"done"')
    return event_id


def make_dead_event(*, error: AttemptError = ERROR, **fields: Any) -> str:
    claimed = claim_event(accept_event(**fields))
    assert services.bury_event(claimed, outcome=Outcome.FAILED, error=error)
    return claimed.event_id


def replay_event(event_id: str, **options: Any) -> int:
    options = {"tenant": TENANT, "actor": "ada", "reason": "bug fixed"} | options
    return services.replay_event(event_id=event_id, **options)


def get_event(event_id: str) -> Event:
    return queries.get_event(event_id, tenant=TENANT)


def race(act: Callable[[int], Result], *, runners: int = 8) -> list[Result]:
    """Let so many threads act at once and return what each got."""
    with ThreadPoolExecutor(runners) as executor:
        return list(executor.map(act, range(runners)))
