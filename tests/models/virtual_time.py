"""Time that passes only when it is told to: AWS time, and what stands in for ``time``."""

from datetime import UTC, datetime, timedelta

from tests.models import actors

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)


class VirtualTime:
    """The one clock of a world; each actor's own may be a little off."""

    def __init__(self) -> None:
        self.microseconds = (_START - _EPOCH) // timedelta(microseconds=1)

    def now_microseconds(self) -> int:
        actor = actors.current()
        return self.microseconds + (actor.skew_microseconds if actor else 0)

    def now(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.now_microseconds())

    def time(self) -> float:
        return self.microseconds / 1_000_000

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.microseconds += round(seconds * 1_000_000)
