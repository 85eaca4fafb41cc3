"""Ending an open event by hand."""

import structlog

from events.errors import EventHasEnded, MarkedDead, StoreUnavailable
from events.event import ClaimedEvent, Outcome, Status
from events.failures import describe_failure
from events.services.attempts import bury_event, claim_event
from events.store import events

_logger = structlog.get_logger(__name__)

# Heartbeats and workers may move the event at the same moment.
_TRIES = 5


def mark_event_dead(*, event_id: str, actor: str, reason: str) -> None:
    """Make no more attempts of an open event; one that is at work ends without effect on it.

    It shows as an attempt of its own, and its message goes to the dead-letter queue when a worker
    meets it. Raises EventNotFound, EventHasEnded.
    """
    for _ in range(_TRIES):
        claimed = _take(event_id, actor)
        if claimed is None:
            continue
        error = describe_failure(MarkedDead(f"{actor}: {reason}"), event_type=claimed.event_type)
        if bury_event(claimed, outcome=Outcome.FAILED, error=error):
            _logger.info("event_marked_dead", event_id=event_id, actor=actor)
            return
    raise StoreUnavailable("others keep changing the event")


def _take(event_id: str, actor: str) -> ClaimedEvent | None:
    """Claim the event out of whatever hands it is in; None if it moved meanwhile."""
    item = events.find(event_id, tenant=None)
    if Status(item.status).is_terminal:
        raise EventHasEnded(f"Event {event_id} is {item.status} already.")
    claimed = claim_event(
        event_id=event_id,
        generation=int(item.generation),
        message_id=f"staff:{actor}",
        worker=f"staff:{actor}",
        claimable_by=int(item.claimable_at),
    )
    return claimed if isinstance(claimed, ClaimedEvent) else None
