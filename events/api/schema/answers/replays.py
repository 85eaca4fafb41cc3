"""Replays and replay plans as the API answers them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from events.api.schema.answers.events import EventRow
from events.api.schema.answers.figures import Count, Ordinal
from events.replay_plan import RATE_MAXIMUM, PlanState


class StartedReplay(BaseModel):
    """An event that will be processed once more."""

    event_id: UUID
    status: Literal["pending"]
    generation: Annotated[int, Field(ge=2)]


class Payload(BaseModel):
    """A payload that an event has or had."""

    event_id: UUID
    version: Ordinal
    created_at: datetime
    actor: str | None = Field(description="Who edited it; null for the client's own.")
    payload: Any


class Estimate(BaseModel):
    """How many events are meant; not exact means at least so many."""

    count: Count
    is_exact: bool


class Skipped(BaseModel):
    """How many events the plan met and left alone."""

    open: Count = Field(description="At work again.")
    changed: Count = Field(description="They have moved since the plan was made.")
    erased: Count = Field(description="Their payload is erased.")
    expired: Count


class ReplayPlan(BaseModel):
    """Many events that are replayed one after the other."""

    plan_id: UUID
    tenant: str
    state: PlanState
    filter: dict[str, Any] = Field(description="As it is used, with what was left out filled in.")
    reason: str
    actor: str
    rate: Annotated[int, Field(ge=1, le=RATE_MAXIMUM)] = Field(description="Events a second.")
    created_at: datetime
    changed_at: datetime = Field(description="When the state was last changed.")
    changed_by: str
    expected: Estimate = Field(description="Counted when the plan was made.")
    examined: Count = Field(description="Replayed and skipped together.")
    replayed: Count
    skipped: Skipped
    succeeded: Count = Field(description="Of the replayed.")
    failed_again: Count = Field(description="Of the replayed; they are dead again.")
    unsettled: Count = Field(description="Of the replayed: on their way, or not counted yet.")
    is_settled: bool = Field(description="No number will change any more.")


class ReplayPlans(BaseModel):
    """A tenant's plans, the newest first."""

    replays: list[ReplayPlan] = Field(max_length=100)


class ReplayPreview(BaseModel):
    """What a plan would replay."""

    filter: dict[str, Any]
    expected: Estimate
    needs_confirmation: bool = Field(description="It is refused without `confirm_count`.")
    sample: list[EventRow] = Field(max_length=5, description="The first that would be replayed.")
