"""The numbers that the API answers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from events.api.schema.answers.figures import Count


class ProcessingTime(BaseModel):
    """How long handlers took."""

    mean: float | None
    longest: float | None


class Totals(BaseModel):
    """What was counted."""

    accepted: Count
    repeated: Count = Field(description="Requests whose idempotency key came before.")
    succeeded: Count
    failed_attempts: Count
    dead: Count
    replayed: Count
    recovered: Count = Field(description="Dispatched again by recovery.")
    success_rate: float | None = Field(description="Of the events that ended, those in success.")
    processing_seconds: ProcessingTime


class OpenAndEnded(BaseModel):
    """How many events are where."""

    open: Count
    succeeded: Count
    dead: Count


class Freshness(BaseModel):
    """Until when something was counted, and whether all of it was."""

    as_of: datetime = Field(description="All that happened until then is counted.")
    is_exact: bool = Field(
        description="Whether just that is: not while something goes on being counted, since the "
        "processes report every few seconds, each in its own time."
    )


class TenantTotals(Totals, Freshness):
    """What was counted of a tenant since the events began that are still kept."""

    since: datetime
    by_status: OpenAndEnded
    by_type: dict[str, Totals] = Field(description="The types that the key may use.")
    by_type_is_complete: bool = Field(
        description="Whether by_type has all types; the other numbers always count all of them."
    )


class Latency(BaseModel):
    """How long it took from accepting an event to its success, told within 10 %."""

    p50: float | None
    p95: float | None
    p99: float | None
    count: Count


class LastHour(Freshness):
    """The last sixty minutes; the lists have an entry for each."""

    minutes: list[datetime]
    accepted: list[Count]
    succeeded: list[Count]
    failed_attempts: list[Count]
    dead: list[Count]
    success_rate: float | None
    accept_to_success_seconds: Latency


class Counted(Freshness):
    """How many entries an index has; not exact means at least so many."""

    count: Count


class Stats(BaseModel):
    """A tenant's numbers; keys with the scope staff also see what belongs to no tenant."""

    tenant: str
    totals: TenantTotals
    last_hour: LastHour
    dead: Counted
    paused: list[str] = Field(description="Tenant and event type of what waits; `*` is all.")
    open_all_tenants: dict[str, Any] = Field(default={}, description="Staff: the open index.")
    queues: dict[str, Any] | None = Field(default=None, description="Staff: as SQS estimates them.")
    workers: dict[str, Any] = Field(default={}, description="Staff: workers seen lately.")
