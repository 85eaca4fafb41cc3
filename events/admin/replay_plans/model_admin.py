"""The list of plans, the page of one, and the buttons on it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from events import clock, queries, services
from events.admin import pages
from events.admin.charts import meter
from events.admin.replay_plans import making
from events.errors import EventError, ReplayPlanNotFound, Retryable
from events.models import ReplayPlan as Row
from events.models import ReplayRequest
from events.replay_plan import PlanState, ReplayPlan

_REFRESH_SECONDS = 2
_WORDS = {"pause": "Paused.", "resume": "Resumed.", "abort": "Aborted."}
_CHANGES: dict[str, Callable[..., ReplayPlan]] = {
    "pause": services.pause_replay_plan,
    "resume": services.resume_replay_plan,
    "abort": services.abort_replay_plan,
}


@admin.register(Row)
class ReplayPlanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    def has_add_permission(self, request: HttpRequest) -> bool:
        return pages.may(request, "bulk_replay")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return pages.may(request, "view")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:  # noqa: ARG002  # as above
        try:
            return _row(_read(object_id))
        except ReplayPlanNotFound:
            return None

    def get_urls(self) -> list[URLPattern]:
        own: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("<str:name>/<str:change>/", self.change_state, "state"),
            ("request/<int:pk>/<str:decision>/", self.decide, "decide"),
        ]
        views = [
            path(route, self.admin_site.admin_view(view), name=f"events_replayplan_{name}")
            for route, view, name in own
        ]
        # Django's own come first: "history" is one of a plan's.
        return [views[1], *super().get_urls()[:-1], views[0]]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # as above
        """Show the newest plans of all tenants, and what waits for a second person."""
        pages.demand(request, "view")
        context: dict[str, Any] = {
            "title": "Replay plans",
            "may_add": self.has_add_permission(request),
            "waiting": ReplayRequest.objects.filter(state=ReplayRequest.State.WAITING),
            "actor": pages.actor_of(request),
        }
        try:
            plans = queries.list_replay_plans_of(tenants=pages.chosen_tenants(request))
            context["plans"] = [_describe(each) for each in plans]
        except Retryable:
            messages.error(request, "The store does not answer. Try again in a moment.")
        return pages.render(self, request, "replayplan/list.html", context=context)

    def add_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        pages.demand(request, "view", "bulk_replay")
        return making.show_or_make(self, request)

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show how far a plan has come."""
        pages.demand(request, "view")
        try:
            plan = _read(object_id)
        except (ReplayPlanNotFound, Retryable) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:events_replayplan_changelist"))
        context = {
            "title": "Replay plan",
            "original": _row(plan),
            "may_change": pages.may(request, "bulk_replay"),
            "refresh_seconds": None if plan.is_settled else _REFRESH_SECONDS,
            **_describe(plan),
        }
        template = "_live.html" if pages.is_refresh(request) else "page.html"
        return pages.render(self, request, f"replayplan/{template}", context=context)

    def change_state(self, request: HttpRequest, name: str, change: str) -> HttpResponse:
        pages.demand(request, "view", "bulk_replay")
        here = HttpResponseRedirect(reverse("admin:events_replayplan_change", args=[name]))
        if request.method != "POST" or change not in _CHANGES:
            return here
        tenant, _, plan_id = name.rpartition(":")
        try:
            plan = _CHANGES[change](plan_id, tenant=tenant, actor=pages.actor_of(request))
        except EventError as error:
            messages.error(request, str(error))
        else:
            pages.log(request, _row(plan), _WORDS[change])
            messages.success(request, _WORDS[change])
        return here

    def decide(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        """Agree to somebody's plan, or decline it."""
        pages.demand(request, "view", "bulk_replay")
        back = HttpResponseRedirect(reverse("admin:events_replayplan_changelist"))
        asked = ReplayRequest.objects.filter(pk=pk).first()
        if request.method != "POST" or asked is None:
            return back
        try:
            if decision == "approve":
                return self._approve(request, asked)
            services.decline_replay_request(asked, actor=pages.actor_of(request))
        except EventError as error:
            messages.error(request, str(error))
        else:
            pages.log(request, asked, "Declined.")
            messages.success(request, "Declined.")
        return back

    def _approve(self, request: HttpRequest, asked: ReplayRequest) -> HttpResponse:
        plan = services.approve_replay_request(asked, actor=pages.actor_of(request))
        pages.log(request, asked, f"Agreed: plan {plan.plan_id}.")
        pages.log(request, _row(plan), f"Made, as asked for by {plan.actor}: {plan.reason}")
        messages.success(request, "Agreed: workers begin within seconds.")
        return HttpResponseRedirect(page_of(plan))


def page_of(plan: ReplayPlan) -> str:
    return reverse("admin:events_replayplan_change", args=[f"{plan.tenant}:{plan.plan_id}"])


def _read(name: str) -> ReplayPlan:
    tenant, _, plan_id = name.rpartition(":")
    return queries.get_replay_plan(plan_id, tenant=tenant)


def _row(plan: ReplayPlan) -> Row:
    return making.row_of(plan)


def _describe(plan: ReplayPlan) -> dict[str, Any]:
    whole = max(plan.expected.count, plan.examined)
    unsettled, skipped = plan.unsettled, sum(plan.skipped.values())
    shown: list[tuple[str, int]] = [
        ("green", plan.succeeded),
        ("red", plan.failed_again),
        ("blue", unsettled),
        ("amber", skipped),
    ]
    return {
        "plan": plan,
        "name": f"{plan.tenant}:{plan.plan_id}",
        "meter": meter(shown, whole=whole),
        "percent": 100 if plan.state is PlanState.COMPLETED else _percent(plan.examined, whole),
        "skipped": {reason.value: count for reason, count in plan.skipped.items() if count},
        "filter": making.describe_filter(plan.filter),
        "is_running": plan.state is PlanState.RUNNING,
        "is_paused": plan.state is PlanState.PAUSED,
        "now": clock.now(),
    }


def _percent(part: int, whole: int) -> int:
    return min(100, 100 * part // whole) if whole else 0
