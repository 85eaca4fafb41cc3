"""A replay plan: many events replayed one after the other, and what has become of them."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Events a second: slower than one is a pause, faster than this is an outage.
RATE_MAXIMUM = 1_000
RATE_DEFAULT = 50
# The cursor behind all events.
END = "end"


class PlanState(enum.StrEnum):
    """Where a plan is; one that has ended stays so."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABORTED = "aborted"

    @property
    def has_ended(self) -> bool:
        return self in (PlanState.COMPLETED, PlanState.ABORTED)


class Skip(enum.StrEnum):
    """Why a plan leaves an event alone that it met."""

    # It is being worked on again.
    OPEN = "open"
    # It has moved since the plan was made: somebody else replayed it.
    CHANGED = "changed"
    ERASED = "erased"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How many events a filter means; not exact means at least so many."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as a plan met it."""

    event_id: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of a plan's events, in order; ``cursor`` is where the next page begins.

    It is stored before the first of them is touched, so that whoever takes over after a crash
    finds the same events, wherever they have gone since.
    """

    entries: tuple[Entry, ...]
    cursor: str

    @property
    def is_end(self) -> bool:
        """Say whether there are no more events."""
        return self.cursor == END


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What is to be replayed, for whom, how fast, and how far that has come.

    ``pages`` counts those whose events were all met, ``done`` those that were met of the next one,
    ``settled_pages`` the pages of which each event has ended since: only then is known how many
    died again.
    """

    plan_id: str
    tenant: str
    # The fields of an EventFilter that narrow.
    filter: Mapping[str, Any]
    reason: str
    actor: str
    rate: int
    created_at: datetime
    expected: Estimate
    state: PlanState
    changed_by: str
    changed_at: datetime
    cursor: str = ""
    pages: int = 0
    done: int = 0
    settled_pages: int = 0
    replayed: int = 0
    skipped: Mapping[Skip, int] = field(default_factory=dict)
    succeeded: int = 0
    failed_again: int = 0

    @property
    def examined(self) -> int:
        return self.replayed + sum(self.skipped.values())

    @property
    def unsettled(self) -> int:
        """How many are on their way, or not counted yet; of a settled plan, what nobody knows."""
        return self.replayed - self.succeeded - self.failed_again

    @property
    def final_pages(self) -> int:
        """How many pages hold events that are met once and for all."""
        is_cut_short = self.state.has_ended and self.done > 0
        return self.pages + is_cut_short

    @property
    def is_settled(self) -> bool:
        """Say whether nothing about it will change any more."""
        return self.state.has_ended and self.settled_pages == self.final_pages
