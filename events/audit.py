"""What an audit finds: the books of accepted events against the store, and events gone wrong."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from events.event import Status


class Fault(enum.StrEnum):
    """What may be wrong; stable, and meant for programs."""

    # Counted as accepted, and neither stored nor expired; nobody knows which.
    LOST = "lost"
    # On the list of accepted ids, and neither stored nor expired.
    MISSING = "missing"
    NOT_AN_ID = "not_an_id"
    # Recovery should have moved it by now.
    OVERDUE = "overdue"
    # It expired before its work was done.
    EXPIRED_OPEN = "expired_open"
    CONTRADICTION = "contradiction"
    PAYLOAD_MISSING = "payload_missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, and what is known of it."""

    fault: Fault
    detail: str
    event_id: str | None = None
    tenant: str | None = None
    event_type: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfBooks:
    """The events of all tenants that were accepted on one day, UTC.

    ``expired`` are those that the store has deleted since, on days older than the retention.
    """

    day: date
    accepted: int
    stored: int
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of the accepted events of a tenant and type.

    Accepted and uncounted together are stored, expired and lost together. ``uncounted`` are stored
    and were not counted as accepted, or not yet. The type is None where the counters do not tell
    types apart.
    """

    tenant: str
    event_type: str | None
    accepted: int
    stored: int
    expired: int
    lost: int
    uncounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """All that one walk found. ``awaiting_deletion`` are stored, and have expired."""

    as_of: datetime
    items: int
    payloads: int
    by_status: Mapping[Status, int]
    awaiting_deletion: int
    # False where there were too many counters to read: nothing is said to be lost then.
    is_counted: bool
    accounts: Sequence[Account]
    days: Sequence[DayOfBooks]
    findings: Sequence[Finding]

    @property
    def events(self) -> int:
        return sum(self.by_status.values())

    @property
    def is_clean(self) -> bool:
        return not self.findings
