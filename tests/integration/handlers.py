"""Handlers that only tests need; a stack loads them by ``HANDLER_MODULES``."""

import logging
import threading

import structlog

from events import tracing
from events.event import ClaimedEvent
from events.registry import handler


@handler("test.hang", time_limit=1, max_retries=0)
def hang(event: ClaimedEvent) -> None:  # noqa: ARG001  # handlers take the event
    """Wait for what never comes, where no exception reaches."""
    threading.Event().wait()


@handler("test.exit")
def exit_once(event: ClaimedEvent) -> str:
    """Ask the process to exit, as a library made for command lines does."""
    if event.attempt_number == 1:
        raise SystemExit(2)
    return "stayed"


@handler("test.headers")
def tell_headers(event: ClaimedEvent) -> dict[str, str]:  # noqa: ARG001  # as above
    """Return what a call to another service would carry."""
    return tracing.headers()


@handler("test.logs")
def write_lines(event: ClaimedEvent) -> None:
    """Log as handlers do, in both ways."""
    structlog.get_logger("shop").info("order_shipped", order=7, iban=event.payload["note"])
    logging.getLogger("shop").warning("slow, token=%s", event.payload["note"])
    print("packed")  # noqa: T201  # as handlers do


@handler("test.leak", max_retries=0)
def fail_with_payload(event: ClaimedEvent) -> None:
    """Fail with the payload in the error's text, as careless libraries do."""
    raise ValueError(event.payload["note"])
