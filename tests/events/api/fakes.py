"""The domain as the API sees it, without a store: what was accepted is kept in memory."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from events.errors import EventError, EventNotFound
from events.event import Acceptance, Event, NewEvent, Status
from events.event_types import EventTypeRecord

RECEIVED_AT = datetime(2026, 1, 2, 3, 4, 5, 60, UTC)
EVENT_ID = "019b7f3c-0000-7000-8000-000000000001"


class FakeDomain:
    """Stands in for ``services`` and ``queries``; ``error`` is raised by every call if set."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.event: Event | None = None
        self.error: Exception | None = None
        self.is_repeat = False
        # What a batch's events of a type are refused with.
        self.refusals: dict[str, EventError] = {}
        # What is registered, by name.
        self.event_types: dict[str, EventTypeRecord] = {}
        self.dependencies = {"dynamodb": "ok", "sqs": "ok"}

    def accept_event(self, **fields: Any) -> Acceptance:
        self._raise_error()
        self.accepted.append(fields)
        self.event = make_event(
            event_type=fields["event_type"],
            payload_json=fields["payload_json"],
            source=fields["source"],
            subject=fields["subject"],
            cloudevent_json=fields["cloudevent_json"],
        )
        return Acceptance(
            event_id=EVENT_ID,
            status=Status.PENDING,
            event_type=fields["event_type"],
            tenant=fields["tenant"],
            received_at=RECEIVED_AT,
            is_repeat=self.is_repeat,
        )

    def accept_events(
        self, new_events: Sequence[NewEvent], *, tenant: str
    ) -> list[Acceptance | EventError]:
        return [
            self.refusals.get(event.event_type) or self.accept_event(**asdict(event), tenant=tenant)
            for event in new_events
        ]

    def get_event(self, event_id: str, *, tenant: str, **_: Any) -> Event:
        self._raise_error()
        if self.event is None or (event_id, tenant) != (EVENT_ID, self.event.tenant):
            raise EventNotFound(event_id)
        return self.event

    def get_stats(self, *, tenant: str) -> dict[str, Any]:
        self._raise_error()
        totals = {"accepted": 3, "by_type": {"order.created": {}, "payroll.paid": {}}}
        return {
            "tenant": tenant,
            "totals": totals,
            "dead": {"as_of": RECEIVED_AT, "count": 0},
        }

    def get_platform_stats(self) -> dict[str, Any]:
        self._raise_error()
        return {"workers": {"seen": [{"last_seen": RECEIVED_AT}]}}

    def check_dependencies(self) -> dict[str, str]:
        return self.dependencies

    def _raise_error(self) -> None:
        if self.error is not None:
            raise self.error


def make_event(**fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "event_id": EVENT_ID,
        "event_type": "order.created",
        "tenant": "default",
        "payload_json": "{}",
        "status": Status.PENDING,
        "generation": 1,
        "received_at": RECEIVED_AT,
        "updated_at": RECEIVED_AT,
        "expires_at": RECEIVED_AT + timedelta(days=30),
    }
    return Event(**defaults | fields)
