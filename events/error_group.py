"""An error group: failures of one kind, counted together."""

import enum
from dataclasses import dataclass
from datetime import datetime


class GroupOrder(enum.StrEnum):
    """What stands first in a list of error groups."""

    # The kind of failure that was seen last.
    NEWEST = "newest"
    # The kind that most events died of.
    MOST = "most"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """Failed attempts with one fingerprint, which stands for an event type's kind of failure.

    ``deaths`` counts those that were an event's last. Type, message and event are of the newest.
    """

    tenant: str
    event_type: str
    fingerprint: str
    error_type: str
    message: str
    failed_attempts: int
    deaths: int
    first_seen_at: datetime
    last_seen_at: datetime
    first_version: str
    last_version: str
    example_event_id: str

    def with_more(self, other: "ErrorGroup") -> "ErrorGroup":
        """Return both counted together, whichever came first."""
        first, last = sorted((self, other), key=lambda each: each.last_seen_at)
        earliest = min(self, other, key=lambda each: each.first_seen_at)
        return ErrorGroup(
            tenant=self.tenant,
            event_type=self.event_type,
            fingerprint=self.fingerprint,
            error_type=last.error_type,
            message=last.message,
            failed_attempts=first.failed_attempts + last.failed_attempts,
            deaths=first.deaths + last.deaths,
            first_seen_at=earliest.first_seen_at,
            last_seen_at=last.last_seen_at,
            first_version=earliest.first_version,
            last_version=last.last_version,
            example_event_id=last.example_event_id,
        )
