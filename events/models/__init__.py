"""What the platform keeps in SQL: what staff set up and ask for, never events."""

from events.models.api_key import APIKey
from events.models.event_type import EventType, SchemaVersion
from events.models.replay_request import ReplayRequest
from events.models.rows import ErrorGroup, Event, Pause, ReplayPlan

__all__ = [
    "APIKey",
    "ErrorGroup",
    "Event",
    "EventType",
    "Pause",
    "ReplayPlan",
    "ReplayRequest",
    "SchemaVersion",
]
