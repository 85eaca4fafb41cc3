"""Large replay plans: asked for by one person, made or declined by another."""

import structlog
from django.conf import settings

from events import clock
from events.errors import ReplayRequestDecided, SecondPersonNeeded
from events.models import ReplayRequest
from events.queries import EventFilter, ReplayPreview
from events.replay_plan import Estimate, ReplayPlan
from events.services.replay_plans import make_replay_plan

_logger = structlog.get_logger(__name__)

# For plans that cannot be counted in the time that somebody waits.
_HOWEVER_MANY = 1_000_000_000


def needs_second_person(estimate: Estimate) -> bool:
    """Say whether a plan is larger than one person may start, or too large to be counted."""
    limit = settings.REPLAY_APPROVE_ABOVE
    return bool(limit) and (estimate.count > limit or not estimate.is_exact)


def request_replay(
    *, tenant: str, preview: ReplayPreview, reason: str, actor: str, rate: int
) -> ReplayRequest:
    """Keep a plan until somebody else agrees; what it means stays as it was previewed."""
    request = ReplayRequest.objects.create(
        tenant=tenant,
        filter=preview.event_filter.to_dict(),
        reason=reason,
        rate=rate,
        expected_count=preview.estimate.count,
        is_exact=preview.estimate.is_exact,
        requested_by=actor,
        requested_at=clock.now(),
    )
    _logger.info("replay_requested", request=request.pk, tenant=tenant, actor=actor)
    return request


def approve_replay_request(request: ReplayRequest, *, actor: str) -> ReplayPlan:
    """Make the plan that somebody else asked for.

    Raises SecondPersonNeeded, ReplayRequestDecided, and what ``make_replay_plan`` raises; the
    request then waits on.
    """
    if actor == request.requested_by:
        raise SecondPersonNeeded("You asked for this plan, so somebody else has to agree.")
    _decide(request, ReplayRequest.State.APPROVED, actor)
    try:
        plan = make_replay_plan(
            tenant=request.tenant,
            event_filter=EventFilter.from_dict(request.filter),
            reason=f"{request.reason} (agreed to by {actor})",
            actor=request.requested_by,
            rate=request.rate,
            confirm_count=request.expected_count if request.is_exact else _HOWEVER_MANY,
        )
    except BaseException:
        ReplayRequest.objects.filter(pk=request.pk).update(
            state=ReplayRequest.State.WAITING, decided_by="", decided_at=None
        )
        raise
    ReplayRequest.objects.filter(pk=request.pk).update(plan_id=plan.plan_id)
    return plan


def decline_replay_request(request: ReplayRequest, *, actor: str) -> None:
    """Refuse a plan, or take one's own request back; raises ReplayRequestDecided."""
    _decide(request, ReplayRequest.State.DECLINED, actor)


def _decide(request: ReplayRequest, state: ReplayRequest.State, actor: str) -> None:
    """Decide once: of two people at the same moment, one is told that it is too late."""
    waiting = ReplayRequest.objects.filter(pk=request.pk, state=ReplayRequest.State.WAITING)
    if not waiting.update(state=state, decided_by=actor, decided_at=clock.now()):
        raise ReplayRequestDecided("Somebody has decided about this request already.")
    _logger.info("replay_request_decided", request=request.pk, state=state.value, actor=actor)
