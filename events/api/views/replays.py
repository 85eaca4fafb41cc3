"""Replaying an event, and replay plans for many."""

from http import HTTPStatus
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries, services
from events.api.caller import Caller
from events.api.replays import (
    ReplayFilterInput,
    ReplayInput,
    ReplayPlanInput,
    read_replay,
    show_plan,
    show_preview,
)
from events.api.views.view import View
from events.api_key import Scope
from events.errors import ReplayPlanNotFound
from events.event import NewEvent, Status
from events.queries import EventFilter
from events.replay_plan import ReplayPlan


class ReplayView(View):
    """``POST /events/{event_id}/replay``."""

    scopes: ClassVar = {"POST": Scope.REPLAY}

    def post(self, request: Request, event_id: str) -> Response:
        asked, document = read_replay(request, ReplayInput)
        tenant = self.caller.tenant
        event = queries.get_event(event_id, tenant=tenant, is_known=lambda _: True)
        self.caller.check_event_type(event.event_type)
        payload_json = None if asked.payload is None else document.texts["payload"]
        if payload_json is not None:
            edited = NewEvent(event_type=event.event_type, payload_json=payload_json)
            services.check_event(edited, tenant=tenant)
        generation = services.replay_event(
            event_id=event_id,
            tenant=tenant,
            actor=self.caller.actor,
            reason=asked.reason,
            generation=asked.generation,
            payload_json=payload_json,
        )
        answer = {"event_id": event_id, "status": Status.PENDING.value, "generation": generation}
        headers = {"Location": f"/events/{event_id}"}
        return Response(answer, HTTPStatus.ACCEPTED, headers=headers)


class ReplayPlansView(View):
    """``GET /replays`` and ``POST /replays``."""

    scopes: ClassVar = {"GET": Scope.REPLAY, "HEAD": Scope.REPLAY, "POST": Scope.REPLAY}

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        plans = queries.list_replay_plans(tenant=self.caller.tenant)
        shown = [show_plan(each) for each in plans if _may_see(self.caller, each)]
        return Response({"replays": shown})

    def post(self, request: Request) -> Response:
        asked, _ = read_replay(request, ReplayPlanInput)
        event_filter = self._filter(asked.filter)
        if asked.dry_run:
            preview = queries.preview_replay(tenant=self.caller.tenant, event_filter=event_filter)
            needs_confirmation = services.needs_confirmation(preview.estimate, asked.confirm_count)
            return Response(show_preview(preview, needs_confirmation=needs_confirmation))
        plan = services.make_replay_plan(
            tenant=self.caller.tenant,
            event_filter=event_filter,
            reason=asked.reason,
            actor=self.caller.actor,
            rate=asked.rate,
            confirm_count=asked.confirm_count,
        )
        headers = {"Location": f"/replays/{plan.plan_id}"}
        return Response(show_plan(plan), HTTPStatus.ACCEPTED, headers=headers)

    def _filter(self, asked: ReplayFilterInput) -> EventFilter:
        if asked.event_type is None:
            return asked.to_filter(self.caller.event_types)
        self.caller.check_event_type(asked.event_type)
        return asked.to_filter(())


class ReplayPlanView(View):
    """``GET /replays/{plan_id}``."""

    scopes: ClassVar = {"GET": Scope.REPLAY, "HEAD": Scope.REPLAY}

    def get(self, request: Request, plan_id: str) -> Response:  # noqa: ARG002  # Django's signature
        return Response(show_plan(_find(self.caller, plan_id)))


class _ChangeView(View):
    """What the addresses share that change a plan's state."""

    scopes: ClassVar = {"POST": Scope.REPLAY}

    def post(self, request: Request, plan_id: str) -> Response:  # noqa: ARG002  # Django's signature
        _find(self.caller, plan_id)
        plan = self.change(plan_id, tenant=self.caller.tenant, actor=self.caller.actor)
        return Response(show_plan(plan))

    def change(self, plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
        raise NotImplementedError


class PauseReplayPlanView(_ChangeView):
    """``POST /replays/{plan_id}/pause``."""

    def change(self, plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
        return services.pause_replay_plan(plan_id, tenant=tenant, actor=actor)


class ResumeReplayPlanView(_ChangeView):
    """``POST /replays/{plan_id}/resume``."""

    def change(self, plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
        return services.resume_replay_plan(plan_id, tenant=tenant, actor=actor)


class AbortReplayPlanView(_ChangeView):
    """``POST /replays/{plan_id}/abort``."""

    def change(self, plan_id: str, *, tenant: str, actor: str) -> ReplayPlan:
        return services.abort_replay_plan(plan_id, tenant=tenant, actor=actor)


def _find(caller: Caller, plan_id: str) -> ReplayPlan:
    plan = queries.get_replay_plan(plan_id, tenant=caller.tenant)
    if not _may_see(caller, plan):
        raise ReplayPlanNotFound(f"There is no replay plan {plan_id}.")
    return plan


def _may_see(caller: Caller, plan: ReplayPlan) -> bool:
    """Say whether all that a plan may replay is of types that the key may use."""
    event_filter = EventFilter.from_dict(plan.filter)
    types = (event_filter.event_type,) if event_filter.event_type else event_filter.event_types
    return not caller.event_types or (bool(types) and all(map(caller.may_use, types)))
