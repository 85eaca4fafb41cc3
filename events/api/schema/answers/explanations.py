"""Explanations of events as the API answers them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from events.api.schema.answers.events import AttemptError, Replay
from events.api.schema.answers.figures import Count, Ordinal
from events.event import Status
from events.explanation import Reason


class Facts(BaseModel):
    """What an explanation rests on; null where there is no such thing."""

    status: Status
    generation: Ordinal
    event_type: str
    received_at: datetime
    updated_at: datetime
    process_at: datetime | None
    next_attempt_at: datetime | None
    lease_ends_at: datetime | None = Field(
        description="Until then the worker holds the event, and longer while it lives."
    )
    due_at: datetime | None = Field(description="When recovery looks after the event.")
    expires_at: datetime
    attempt: Count = Field(description="Of this generation, those that were stopped not counted.")
    attempts_allowed: Ordinal | None = Field(
        description="By today's handler; null where nobody handles the type."
    )
    worker: str | None = Field(description="Of the newest attempt.")
    error: AttemptError | None = Field(description="Of the newest attempt.")
    replay: Replay | None = Field(description="The newest.")
    is_handled: bool = Field(description="Whether a handler is registered for the type.")
    is_erased: bool = Field(description="Whether the payload is erased.")


class Explanation(BaseModel):
    """Why an event is where it is, and what will happen next."""

    event_id: UUID
    reason: Reason
    sentence: str = Field(description="For people; its words may change.")
    facts: Facts
