"""The leases of this process: who of the fleet does what only one should do."""

import random
import time
from contextlib import suppress

from django.conf import settings

from events import services
from events.errors import EventError


class Leases:
    """Leases of one kind; the store is asked only when the answer may have changed."""

    def __init__(self, kind: str, seconds: float) -> None:
        self._kind = kind
        self._seconds = seconds
        # Per lease: whether it was ours, and until when to believe that (monotonic seconds).
        self._known: dict[str, tuple[bool, float]] = {}

    def has(self, name: str) -> bool:
        now = time.monotonic()
        is_ours, believed_until = self._known.get(name, (False, 0.0))
        if now < believed_until:
            return is_ours
        is_ours = services.acquire_lease(
            f"{self._kind}/{name}", settings.WORKER_NAME, self._seconds
        )
        # Ours is extended when a third is left; another's may end unextended at any time.
        share = 2 / 3 if is_ours else random.uniform(1 / 3, 1)  # noqa: S311  # spread the asking
        self._known[name] = (is_ours, now + share * self._seconds)
        return is_ours

    def release(self, name: str) -> None:
        """Let others go on at once; without the store, the lease ends by itself."""
        is_ours, _ = self._known.pop(name, (False, 0.0))
        if is_ours:
            with suppress(EventError):
                services.release_lease(f"{self._kind}/{name}", settings.WORKER_NAME)

    def release_all(self) -> None:
        for name in list(self._known):
            self.release(name)
