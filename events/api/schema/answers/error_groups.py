"""Error groups as the API answers them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from events.api.schema.answers.figures import Count, Digits16, Ordinal


class ErrorFilter(BaseModel):
    """The `filter` of a replay plan for what has died of one kind of failure."""

    event_type: str
    error_fingerprint: Digits16


class ErrorGroup(BaseModel):
    """Failed attempts of one kind, counted together."""

    fingerprint: Digits16
    event_type: str
    tenant: str
    error_type: str
    message: str = Field(description="Of the newest, up to 200 characters.")
    failed_attempts: Ordinal
    deaths: Count = Field(description="Those of the attempts that were an event's last.")
    first_seen_at: datetime
    last_seen_at: datetime
    first_version: str = Field(description="The version of the worker that first failed so.")
    last_version: str
    example_event_id: UUID = Field(description="The newest.")
    replay_filter: ErrorFilter


class ErrorGroups(BaseModel):
    """Some error groups, in the order that was asked for."""

    errors: list[ErrorGroup]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
    is_complete: bool = Field(description="False if there are more than the list looks at.")
