"""Stand-ins for the queue and the clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from events.errors import QueueUnavailable
from events.event import QueueDepths


class Sent(NamedTuple):
    """One run that was asked for."""

    event_id: str
    generation: int
    tenant: str


class FakeDispatcher:
    """What ``settings.EVENTS_DISPATCHER`` names in tests: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.is_away = False

    def send(self, *, event_id: str, generation: int, tenant: str) -> None:
        if self.is_away:
            raise QueueUnavailable("the fake queue is away")
        self.sent.append(Sent(event_id, generation, tenant))

    def send_all(self, event_ids: Sequence[str], *, generation: int, tenant: str) -> list[str]:
        if self.is_away:
            return list(event_ids)
        self.sent += [Sent(event_id, generation, tenant) for event_id in event_ids]
        return []

    def depths(self) -> dict[str, QueueDepths]:
        if self.is_away:
            raise QueueUnavailable("the fake queue is away")
        return {
            "work": QueueDepths(visible=len(self.sent), in_flight=0, delayed=0),
            "dead_letter": QueueDepths(visible=0, in_flight=0, delayed=0),
        }


class FrozenClock:
    """AWS time that stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)

    def now(self) -> datetime:
        return self._now

    def now_microseconds(self) -> int:
        return (self._now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def advance(self, **duration: float) -> None:
        self._now += timedelta(**duration)
