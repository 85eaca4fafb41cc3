"""Handlers that do something a person can see; they exist only where DEMO_HANDLERS is on."""

import time
from typing import Any

from events.event import ClaimedEvent
from events.registry import handler

_LONGEST_SLEEP_SECONDS = 600.0


@handler("demo.echo")
def echo(event: ClaimedEvent) -> Any:
    """Return the payload as the result."""
    return event.payload


@handler("demo.slow")
def sleep_for_a_while(event: ClaimedEvent) -> dict[str, float]:
    """Sleep for ``{"seconds": n}``, one by default."""
    seconds = min(float(event.payload.get("seconds", 1)), _LONGEST_SLEEP_SECONDS)
    time.sleep(seconds)
    return {"slept_seconds": seconds}


@handler("demo.flaky", retry_backoff_max=2)
def fail_twice(event: ClaimedEvent) -> dict[str, int]:
    """Fail in the first two attempts of a generation, then succeed."""
    if event.attempt_number <= 2:  # noqa: PLR2004  # twice, as the name says
        raise ConnectionError(f"demo: attempt {event.attempt_number} fails")
    return {"succeeded_in_attempt": event.attempt_number}


@handler("demo.fail", max_retries=2, retry_backoff_max=2)
def fail_always(event: ClaimedEvent) -> None:
    """Fail in every attempt, until the event is dead."""
    raise RuntimeError(f"demo: attempt {event.attempt_number} fails, like all others")
