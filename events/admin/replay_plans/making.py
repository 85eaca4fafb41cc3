"""From a filter over its dry run to a plan, or to the request that a second person decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from events import queries, services
from events.admin import pages
from events.admin.replay_plans.forms import FilterForm, StartForm
from events.errors import EmptyReplayFilter, EventError, ReplayNotConfirmed, ReplayPlanOverlaps
from events.models import ReplayPlan as Row
from events.queries import ReplayPreview
from events.replay_plan import ReplayPlan

_TIMES = ("received_after", "received_before")
_LABELS = {"error_fingerprint": "error group", "event_type": "type"}


def show_or_make(model_admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
    """Show the filter, with its dry run once there is one; start the plan when it is posted."""
    is_asked = request.method == "POST" or "tenant" in request.GET
    given = request.POST if request.method == "POST" else request.GET
    # One whose first events were not counted yet may be named all the same.
    tenants = sorted({*pages.known_tenants(request), given.get("tenant", "")} - {""})
    filter_form = FilterForm(given if is_asked else None, tenants=tenants)
    preview = _preview(request, filter_form) if is_asked else None
    start_form = StartForm(initial={"confirm_count": preview.estimate.count if preview else None})
    if preview is not None and request.method == "POST":
        start_form = StartForm(request.POST)
        if start_form.is_valid():
            made = _start(
                request, filter_form.cleaned_data["tenant"], preview=preview, form=start_form
            )
            if made is not None:
                return made
            again = {**start_form.cleaned_data, "confirm_count": preview.estimate.count}
            start_form = StartForm(initial=again)
    context = {
        "title": "New replay plan",
        "filter_form": filter_form,
        "start_form": start_form,
        **_describe(filter_form, preview),
    }
    return pages.render(model_admin, request, "replayplan/make.html", context=context)


def row_of(plan: ReplayPlan) -> Row:
    row = Row(name=f"{plan.tenant}:{plan.plan_id}")
    row.plan = plan
    return row


def describe_filter(fields: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{_LABELS.get(name, name.replace('_', ' '))} {_show(name, value)}"
        for name, value in fields.items()
    )


def _show(name: str, value: Any) -> str:
    # Times are texts here, as a plan stores them.
    return f"{datetime.fromisoformat(value):%F %T} UTC" if name in _TIMES else str(value)


def _preview(request: HttpRequest, form: FilterForm) -> ReplayPreview | None:
    if not form.is_valid():
        return None
    tenant = form.cleaned_data["tenant"]
    try:
        return queries.preview_replay(tenant=tenant, event_filter=form.event_filter)
    except EmptyReplayFilter:
        form.add_error(None, "Narrow it: an empty filter would mean everything.")
    except EventError as error:
        messages.error(request, str(error))
    return None


def _describe(form: FilterForm, preview: ReplayPreview | None) -> dict[str, Any]:
    if preview is None:
        return {}
    # What is confirmed is what was counted: nothing that comes later.
    hidden = {name: str(value) for name, value in preview.event_filter.to_dict().items() if value}
    hidden["tenant"] = form.cleaned_data["tenant"]
    return {
        "preview": preview,
        "hidden": hidden,
        "filter": describe_filter(preview.event_filter.to_dict()),
        "needs_second_person": services.needs_second_person(preview.estimate),
        "limit": settings.REPLAY_APPROVE_ABOVE,
    }


def _start(
    request: HttpRequest, tenant: str, *, preview: ReplayPreview, form: StartForm
) -> HttpResponse | None:
    """Make the plan, or the request for it; None if it was refused and the page says why."""
    given = {
        "tenant": tenant,
        "reason": form.cleaned_data["reason"],
        "rate": form.cleaned_data["rate"],
        "actor": pages.actor_of(request),
    }
    if services.needs_second_person(preview.estimate):
        asked = services.request_replay(preview=preview, **given)
        pages.log(request, asked, f"Asked for: {asked.reason}")
        messages.success(request, "Asked for: it starts when somebody else agrees.")
        return HttpResponseRedirect(reverse("admin:events_replayplan_changelist"))
    try:
        plan = services.make_replay_plan(
            event_filter=preview.event_filter,
            confirm_count=form.cleaned_data["confirm_count"],
            **given,
        )
    except EventError as error:
        messages.error(request, _explain(error))
        return None
    pages.log(request, row_of(plan), f"Made: {plan.reason}")
    messages.success(request, "Made: workers begin within seconds.")
    name = f"{plan.tenant}:{plan.plan_id}"
    return HttpResponseRedirect(reverse("admin:events_replayplan_change", args=[name]))


def _explain(error: EventError) -> str:
    if isinstance(error, ReplayNotConfirmed):
        return "There are more than the dry run told by now. Look at the count, and start again."
    if isinstance(error, ReplayPlanOverlaps):
        other = error.members["plan_id"]
        return f"Plan {other} may mean some of the same events: wait for its end, or abort it."
    return str(error)
