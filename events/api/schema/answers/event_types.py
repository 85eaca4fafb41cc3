"""Event types as the API answers them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.api.schema.answers.figures import Count, Ordinal
from events.event_types import Mode


class WouldBeFault(BaseModel):
    """One place where an event did not match."""

    pointer: str
    code: str


class WouldBeRejections(BaseModel):
    """What the schema would have refused, in the mode `warn`."""

    count: Count
    last_seen_at: datetime | None
    last_faults: list[WouldBeFault]


class EventTypeRow(BaseModel):
    """An event type as lists show it."""

    name: str
    description: str
    mode: Mode = Field(description="What becomes of an event that does not match the schema.")
    version: Ordinal | None = Field(description="Of the schema.")
    deprecated: bool
    deprecation_note: str | None
    replacement: str | None
    updated_at: datetime
    would_be_rejections: WouldBeRejections | None = Field(
        description="Of the key's tenant; null while the store is away."
    )


class EventType(EventTypeRow):
    """An event type with its JSON Schema and an example."""

    model_config = ConfigDict(protected_namespaces=())

    schema_: Any = Field(alias="schema", description="JSON Schema 2020-12 of the payload.")
    example: Any


class EventTypes(BaseModel):
    """The event types that the key may use, by name."""

    event_types: list[EventTypeRow]
