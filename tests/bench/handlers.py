"""The handler whose work costs nothing, so that the platform's own cost is what is left."""

from events.event import ClaimedEvent
from events.registry import handler


@handler("bench.noop")
def do_nothing(event: ClaimedEvent) -> None:
    """Succeed."""
