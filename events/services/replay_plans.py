"""Replay plans as those see them who make them, pause them and end them."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings

from events import clock, identity
from events.errors import (
    ReplayNotConfirmed,
    ReplayPlanHasEnded,
    ReplayPlanOverlaps,
    StoreUnavailable,
)
from events.queries import EventFilter, get_replay_plan, preview_replay
from events.replay_plan import RATE_MAXIMUM, Estimate, PlanState, ReplayPlan
from events.store import leases, replay_plans

_logger = structlog.get_logger(__name__)

# Plans of one tenant are made one after the other, or two that overlap could pass each other.
_LEASE_SECONDS = 15.0
_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.1
# Workers count pages at the same moment as somebody pauses.
_TRIES = 20


def make_replay_plan(
    *,
    tenant: str,
    event_filter: EventFilter,
    reason: str,
    actor: str,
    rate: int,
    confirm_count: int | None = None,
) -> ReplayPlan:
    """Make a plan, which workers begin to carry out within seconds, wherever this call ends.

    Only events are replayed that the filter means now and that nobody touches meanwhile. Raises
    EmptyReplayFilter, ReplayNotConfirmed and ReplayPlanOverlaps.
    """
    if not 1 <= rate <= RATE_MAXIMUM:
        raise ValueError(f"a plan replays 1 to {RATE_MAXIMUM} events a second, not {rate}")
    # What moves from here on is left alone, so that nothing is replayed that was not counted.
    now = clock.now()
    preview = preview_replay(tenant=tenant, event_filter=event_filter)
    if needs_confirmation(preview.estimate, confirm_count):
        raise ReplayNotConfirmed(
            "so many events have to be confirmed",
            count=preview.estimate.count,
            is_exact=preview.estimate.is_exact,
        )
    plan = ReplayPlan(
        plan_id=identity.new_event_id(),
        tenant=tenant,
        filter=preview.event_filter.to_dict(),
        reason=reason,
        actor=actor,
        rate=rate,
        created_at=now,
        expected=preview.estimate,
        state=PlanState.RUNNING,
        changed_by=actor,
        changed_at=now,
    )
    with _alone(tenant):
        _refuse_overlaps(plan, preview.event_filter)
        replay_plans.insert(plan)
    _log("replay_plan_made", plan, actor)
    return plan


def needs_confirmation(estimate: Estimate, confirm_count: int | None = None) -> bool:
    """Say whether these are more events than are replayed without a word, or too many to count."""
    confirmed = max(settings.REPLAY_CONFIRM_ABOVE, confirm_count or 0)
    is_uncertain = confirm_count is None and not estimate.is_exact
    return is_uncertain or estimate.count > confirmed


def pause_replay_plan(plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
    """Let a plan rest: it stops within a page. Raises ReplayPlanNotFound, ReplayPlanHasEnded."""
    return _change(plan_id, tenant=tenant, state=PlanState.PAUSED, actor=actor)


def resume_replay_plan(plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
    """Let a plan go on where it was paused. Raises ReplayPlanNotFound, ReplayPlanHasEnded."""
    return _change(plan_id, tenant=tenant, state=PlanState.RUNNING, actor=actor)


def abort_replay_plan(plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
    """End a plan for good; what it has replayed stays so.

    Raises ReplayPlanNotFound, ReplayPlanHasEnded.
    """
    return _change(plan_id, tenant=tenant, state=PlanState.ABORTED, actor=actor)


def _change(plan_id: str, *, tenant: str, state: PlanState, actor: str) -> ReplayPlan:
    """Change a plan's state; one that has it already stays as it is, so repeating is safe."""
    for _ in range(_TRIES):
        plan = get_replay_plan(plan_id, tenant=tenant)
        if plan.state is state:
            return plan
        if plan.state.has_ended:
            raise ReplayPlanHasEnded(f"Plan {plan_id} is {plan.state}.", state=plan.state.value)
        if replay_plans.set_state(plan, state, actor=actor):
            _log(f"replay_plan_{state}", plan, actor)
            return get_replay_plan(plan_id, tenant=tenant)
    raise StoreUnavailable("others keep changing the replay plan")


@contextmanager
def _alone(tenant: str) -> Iterator[None]:
    """Keep others from making a plan for the tenant meanwhile."""
    name, owner = f"replay-plans/{tenant}", secrets.token_hex(8)
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while not leases.acquire(name, owner, _LEASE_SECONDS):
        if time.monotonic() >= ends_at:
            raise StoreUnavailable("somebody else is making a replay plan for this tenant")
        time.sleep(_PAUSE_SECONDS)
    try:
        yield
    finally:
        leases.release(name, owner)


def _refuse_overlaps(plan: ReplayPlan, event_filter: EventFilter) -> None:
    for other in replay_plans.read_open(plan.tenant):
        if not other.state.has_ended and event_filter.may_overlap(
            EventFilter.from_dict(other.filter)
        ):
            raise ReplayPlanOverlaps("plans overlap", plan_id=other.plan_id)


def _log(name: str, plan: ReplayPlan, actor: str) -> None:
    _logger.info(name, plan_id=plan.plan_id, tenant=plan.tenant, actor=actor)
