"""Pauses as the API answers them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from events.api.schema.answers.replays import Estimate
from events.pause import PauseState
from events.replay_plan import RATE_MAXIMUM


class Pause(BaseModel):
    """Which events wait, who wanted it and why; null for a tenant or a type means all."""

    pause_id: UUID
    tenant: str | None
    event_type: str | None
    state: PauseState = Field(
        description="`draining` holds nothing back any more; what waited is being dispatched."
    )
    reason: str
    paused_by: str = Field(description="A key's id, a user, a command.")
    paused_at: datetime
    rate: Annotated[int, Field(ge=1, le=RATE_MAXIMUM)] | None = Field(
        description="How many events a second are dispatched since it was resumed."
    )
    resumed_by: str | None
    resumed_at: datetime | None
    ended_at: datetime | None
    waiting: Estimate | None = Field(
        description="How many events wait; null if that is not for this key, or it has ended."
    )


class Pauses(BaseModel):
    """Pauses, the newest first."""

    pauses: list[Pause]
