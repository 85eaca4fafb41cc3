"""A handler that is mended by a replay."""

from typing import Any

from events.errors import PermanentError
from events.registry import handler


@handler("browser.held")
def succeed(event: Any) -> None:
    """Succeed at once, unless it is paused."""


@handler("browser.mended")
def fail_until_replayed(event: Any) -> dict[str, int]:
    if event.generation == 1:
        raise PermanentError("the warehouse is closed")
    return {"generation": event.generation}
