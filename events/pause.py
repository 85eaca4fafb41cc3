"""A pause: the events of a type, of a tenant, or of a tenant's type wait until it is over."""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

# A claim names each pause; with more of them, something else is wrong.
PAUSES_MAXIMUM = 50


class PauseState(enum.StrEnum):
    """Where a pause is."""

    PAUSED = "paused"
    # It holds nothing back any more; what waited is dispatched at its rate.
    DRAINING = "draining"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Which events wait, who wanted it and why; None for a tenant or a type means all.

    ``place`` is where they wait in the open index.
    """

    pause_id: str
    tenant: str | None
    event_type: str | None
    place: int
    reason: str
    paused_by: str
    paused_at: datetime
    state: PauseState = PauseState.PAUSED
    rate: int | None = None
    resumed_by: str | None = None
    resumed_at: datetime | None = None
    ended_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.tenant or '*'}/{self.event_type or '*'}"

    def covers(self, tenant: str, event_type: str) -> bool:
        return self.tenant in (None, tenant) and self.event_type in (None, event_type)


class Pauses:
    """The pauses that hold events back, as a process knows them."""

    def __init__(self, pauses: Iterable[Pause] = ()) -> None:
        self._holding = tuple(each for each in pauses if each.state is PauseState.PAUSED)
        # What an event has that is to be claimed in spite of them all. An event that has not may
        # be another tenant's, of a type that is paused for one.
        types = {each.event_type for each in self._holding if each.event_type}
        tenants = {each.tenant for each in self._holding if each.tenant and not each.event_type}
        self.event_types, self.tenants = sorted(types), sorted(tenants)

    def __bool__(self) -> bool:
        return bool(self._holding)

    def __iter__(self) -> Iterator[Pause]:
        return iter(self._holding)

    def find(self, tenant: str, event_type: str) -> Pause | None:
        """Return a pause that an event waits for."""
        return next((each for each in self._holding if each.covers(tenant, event_type)), None)
