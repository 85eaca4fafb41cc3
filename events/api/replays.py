"""What clients may ask of replays, and how replay plans look from outside."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from rest_framework.request import Request

from events.api.json_body import read_json_body, whole_number
from events.api.models import FINGERPRINT_PATTERN, EventType, Model, Name, validate
from events.api.representations import show_row, show_time
from events.api.times import parse_time
from events.event import Status
from events.queries import EventFilter, ReplayPreview
from events.replay_plan import RATE_DEFAULT, RATE_MAXIMUM, Estimate, ReplayPlan, Skip
from events.strict_json import Document

_COUNT_MAXIMUM = 1_000_000_000

_Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
# The bounds stand first: they are of the number that is read, and so they are described.
_Generation = Annotated[int, Field(ge=1, le=_COUNT_MAXIMUM), whole_number(1, _COUNT_MAXIMUM)]
_Rate = Annotated[int, Field(ge=1, le=RATE_MAXIMUM), whole_number(1, RATE_MAXIMUM)]
_Count = Annotated[int, Field(ge=0, le=_COUNT_MAXIMUM), whole_number(0, _COUNT_MAXIMUM)]
_Time = Annotated[datetime | None, BeforeValidator(lambda text: text and parse_time(text))]


class ReplayInput(BaseModel):
    """Why one event is replayed, and on which payload if not on its own.

    With a generation the request can be repeated safely: no later one is replayed.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: _Reason
    generation: _Generation | None = None
    payload: dict[str, Any] | None = None


class ReplayFilterInput(BaseModel):
    """Which events are meant: each field narrows, and at least one is needed."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_extra={"minProperties": 1}
    )

    event_type: EventType | None = None
    status: Literal["dead", "succeeded"] | None = None
    source: Name | None = None
    subject: Name | None = None
    received_after: _Time = None
    received_before: _Time = None
    error_fingerprint: Annotated[str, StringConstraints(pattern=FINGERPRINT_PATTERN)] | None = None

    def to_filter(self, event_types: tuple[str, ...]) -> EventFilter:
        """Return the filter, for these types only if there are any."""
        fields = self.model_dump(exclude={"status"})
        status = None if self.status is None else Status(self.status)
        return EventFilter(**fields, status=status, event_types=event_types)


class ReplayPlanInput(BaseModel):
    """A replay plan as a client asks for it; a dry run only tells what it would replay."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    filter: ReplayFilterInput
    reason: _Reason
    rate: _Rate = RATE_DEFAULT
    dry_run: bool = False
    confirm_count: _Count | None = None


def read_replay(request: Request, model: type[Model]) -> tuple[Model, Document]:
    """Check what a client asks for, or raise the problem that names every fault of it."""
    document = read_json_body(request.META)
    return validate(model, document.value, noun="replay"), document


def show_plan(plan: ReplayPlan) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "tenant": plan.tenant,
        "state": plan.state.value,
        "filter": show_filter(EventFilter.from_dict(plan.filter)),
        "reason": plan.reason,
        "actor": plan.actor,
        "rate": plan.rate,
        "created_at": show_time(plan.created_at),
        "changed_at": show_time(plan.changed_at),
        "changed_by": plan.changed_by,
        "expected": _show_estimate(plan.expected),
        "examined": plan.examined,
        "replayed": plan.replayed,
        "skipped": {each.value: plan.skipped.get(each, 0) for each in Skip},
        "succeeded": plan.succeeded,
        "failed_again": plan.failed_again,
        "unsettled": plan.unsettled,
        "is_settled": plan.is_settled,
    }


def show_preview(preview: ReplayPreview, *, needs_confirmation: bool) -> dict[str, Any]:
    return {
        "filter": show_filter(preview.event_filter),
        "expected": _show_estimate(preview.estimate),
        "needs_confirmation": needs_confirmation,
        "sample": [show_row(each) for each in preview.sample],
    }


def show_filter(event_filter: EventFilter) -> dict[str, Any]:
    return {
        name: show_time(moment) if (moment := _time_of(event_filter, name)) else value
        for name, value in event_filter.to_dict().items()
    }


def _time_of(event_filter: EventFilter, name: str) -> datetime | None:
    value = getattr(event_filter, name)
    return value if isinstance(value, datetime) else None


def _show_estimate(estimate: Estimate) -> dict[str, Any]:
    return {"count": estimate.count, "is_exact": estimate.is_exact}
