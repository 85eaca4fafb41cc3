"""What the platform keeps in SQL: what staff set up, never events."""

from events.models.api_key import APIKey
from events.models.event_type import EventType, SchemaVersion

__all__ = ["APIKey", "EventType", "SchemaVersion"]
