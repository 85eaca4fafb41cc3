"""What every line of the log about an attempt has, whichever thread writes it."""

from contextlib import AbstractContextManager

from structlog.contextvars import bound_contextvars

from events.event import ClaimedEvent


def about(claimed: ClaimedEvent) -> AbstractContextManager[None]:
    """Bind the attempt to what is logged in the block, the handler's own lines included."""
    trace = {} if claimed.trace_id is None else {"trace_id": claimed.trace_id}
    return bound_contextvars(
        event_id=claimed.event_id,
        generation=claimed.generation,
        tenant=claimed.tenant,
        attempt=claimed.attempt_number,
        **trace,
    )
