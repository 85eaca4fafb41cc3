"""Which events somebody means: for lists, and for whatever else acts on many events."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from events import identity
from events.api_key import matches_any
from events.event import Event, Status

# An event has one of each: filters with different ones mean different events.
_EXCLUSIVE = ("event_type", "status", "source", "subject", "idempotency_key", "error_fingerprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are meant; each field narrows, and one left at its default means all.

    ``received_after`` is included, ``received_before`` is not: windows that touch neither overlap
    nor leave a gap.
    """

    event_type: str | None = None
    # Types or patterns like order.*; empty means all.
    event_types: tuple[str, ...] = ()
    status: Status | None = None
    source: str | None = None
    subject: str | None = None
    received_after: datetime | None = None
    received_before: datetime | None = None
    idempotency_key: str | None = None
    # Of the newest error that an event has.
    error_fingerprint: str | None = None

    def matches(self, event: Event) -> bool:
        return (
            self.event_type in (None, event.event_type)
            and (not self.event_types or matches_any(event.event_type, self.event_types))
            and self.status in (None, event.status)
            and self.source in (None, event.source)
            and self.subject in (None, event.subject)
            and (self.received_after is None or event.received_at >= self.received_after)
            and (self.received_before is None or event.received_at < self.received_before)
            and self._has_idempotency_key(event)
            and self.error_fingerprint in (None, _newest_fingerprint(event))
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "EventFilter":
        """Read what ``to_dict`` wrote."""
        read = dict(fields)
        for name in ("received_after", "received_before"):
            if name in read:
                read[name] = datetime.fromisoformat(read[name])
        if "status" in read:
            read["status"] = Status(read["status"])
        return cls(**read | {"event_types": tuple(read.get("event_types", ()))})

    def may_overlap(self, other: "EventFilter") -> bool:
        """Say whether some event may be meant by both; only what is certain makes it False."""
        differs = any(
            None not in (mine := getattr(self, name), yours := getattr(other, name))
            and mine != yours
            for name in _EXCLUSIVE
        )
        return not (
            differs
            or _ends_before(self, other)
            or _ends_before(other, self)
            or _lacks_type(self, other)
            or _lacks_type(other, self)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that narrow, as JSON has them."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
            if value not in (None, ())
        }

    def _has_idempotency_key(self, event: Event) -> bool:
        if self.idempotency_key is None:
            return True
        return event.event_id == identity.keyed_event_id(event.tenant, self.idempotency_key)


def _ends_before(one: EventFilter, other: EventFilter) -> bool:
    ends, begins = one.received_before, other.received_after
    return ends is not None and begins is not None and ends <= begins


def _lacks_type(one: EventFilter, other: EventFilter) -> bool:
    if one.event_type is None or not other.event_types:
        return False
    return not matches_any(one.event_type, other.event_types)


def _newest_fingerprint(event: Event) -> str | None:
    errors = [attempt.error for attempt in event.attempts if attempt.error is not None]
    return errors[-1].fingerprint if errors else None
