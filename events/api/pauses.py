"""What clients may ask of pauses, and how pauses look from outside."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from rest_framework.request import Request

from events import queries
from events.api.caller import Caller
from events.api.json_body import read_json_body, whole_number
from events.api.models import EventType, Model, validate
from events.api.representations import show_time
from events.pause import Pause, PauseState
from events.replay_plan import RATE_DEFAULT, RATE_MAXIMUM

_Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_Rate = Annotated[int, Field(ge=1, le=RATE_MAXIMUM), whole_number(1, RATE_MAXIMUM)]


class PauseInput(BaseModel):
    """What is to wait: a type of the key's tenant, or all that the tenant has."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: _Reason
    event_type: EventType | None = None
    all_tenants: bool = False


class ResumptionInput(BaseModel):
    """How fast what has waited is dispatched."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    rate: _Rate = RATE_DEFAULT


def read_pause(request: Request, model: type[Model]) -> Model:
    """Check what a client asks for, or raise the problem that names every fault of it."""
    return validate(model, read_json_body(request.META).value, noun="pause")


def may_see(caller: Caller, pause: Pause) -> bool:
    """Say whether a pause holds events back that the key may see."""
    concerns_tenant = pause.tenant in (None, caller.tenant) or caller.is_staff
    return concerns_tenant and (pause.event_type is None or caller.may_use(pause.event_type))


def show_pause(pause: Pause, *, with_waiting: bool) -> dict[str, Any]:
    """Show a pause; counting what waits takes a query for each shard."""
    waiting = None
    if with_waiting and pause.state is not PauseState.ENDED:
        count, is_exact = queries.count_waiting(pause)
        waiting = {"count": count, "is_exact": is_exact}
    return {
        "pause_id": pause.pause_id,
        "tenant": pause.tenant,
        "event_type": pause.event_type,
        "state": pause.state.value,
        "reason": pause.reason,
        "paused_by": pause.paused_by,
        "paused_at": show_time(pause.paused_at),
        "rate": pause.rate,
        "resumed_by": pause.resumed_by,
        "resumed_at": show_time(pause.resumed_at),
        "ended_at": show_time(pause.ended_at),
        "waiting": waiting,
    }
