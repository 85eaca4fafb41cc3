"""The page between a button and its effect: what will happen, to which events, and why."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from events.admin import pages
from events.admin.events import actions
from events.admin.events.actions import Action
from events.admin.events.rows import Rows
from events.admin.forms import ReasonForm

_CONFIRMED = "_confirmed"
_REFUSALS_SHOWN = 5


def ask_or_do(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    action: Action,
    *,
    event_ids: Sequence[str],
    back: str,
) -> HttpResponse:
    """Ask for the reason, or, once it is given, act and go back."""
    is_confirmed = request.method == "POST" and _CONFIRMED in request.POST
    form = ReasonForm(request.POST if is_confirmed else None)
    if is_confirmed and form.is_valid():
        _do(request, action, event_ids=event_ids, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(back)
    context = {
        "title": action.title,
        "action": action,
        "event_ids": event_ids,
        "form": form,
        "back": back,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "confirmed_name": _CONFIRMED,
    }
    return pages.render(model_admin, request, "event/confirm.html", context=context)


def begin_plan(request: HttpRequest, asked: Rows) -> HttpResponse:
    """Go to the dry run of a plan over everything that the list's filter means."""
    if not pages.may(request, "bulk_replay") or request.POST.get("action") != "replay":
        text = "Only replays go across pages, as a plan, for those who may replay in bulk."
        messages.error(request, text)
        return HttpResponseRedirect(request.get_full_path())
    if asked.search or len(asked.tenants) != 1:
        text = "A plan is for one tenant and a filter: choose a tenant, and search for nothing."
        messages.error(request, text)
        return HttpResponseRedirect(request.get_full_path())
    query = urlencode({"tenant": asked.tenants[0], **asked.event_filter.to_dict()})
    return HttpResponseRedirect(f"{reverse('admin:events_replayplan_add')}?{query}")


def _do(request: HttpRequest, action: Action, *, event_ids: Sequence[str], reason: str) -> None:
    outcome = actions.carry_out(action, event_ids, actor=pages.actor_of(request), reason=reason)
    for event_id in outcome.done:
        pages.log(request, pages.event_row(event_id), f"{action.done}: {reason}")
    if outcome.done:
        messages.success(request, f"{action.done}: {_count(outcome.done)}.")
    for _, why in outcome.refused[:_REFUSALS_SHOWN]:
        messages.warning(request, why)
    if len(outcome.refused) > _REFUSALS_SHOWN:
        more = outcome.refused[_REFUSALS_SHOWN:]
        messages.warning(request, f"Left alone for the like: {_count(more)}.")


def _count(found: Sequence[object]) -> str:
    return f"{len(found)} event{'s' * (len(found) != 1)}"
