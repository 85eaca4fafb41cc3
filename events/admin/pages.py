"""What the pages of this package have in common: who asks, what they may, how a page is made."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from events import queries
from events.models import Event
from events.queries.listing import TENANTS_LIMIT

# A script that refreshes a part of a page asks for that part alone.
_REFRESH = "X-Refresh"


def actor_of(request: HttpRequest) -> str:
    return request.user.get_username()


def may(request: HttpRequest, *permissions: str) -> bool:
    """Say whether somebody has all of these permissions on events."""
    return request.user.has_perms([f"events.{each}_event" for each in permissions])


def demand(request: HttpRequest, *permissions: str) -> None:
    if not may(request, *permissions):
        raise PermissionDenied


def is_refresh(request: HttpRequest) -> bool:
    return _REFRESH in request.headers


def log(request: HttpRequest, row: Any, message: str) -> None:
    """Put it into the admin's history, under a row that may be in no table."""
    LogEntry.objects.create(
        user_id=int(request.user.pk or 0),
        content_type_id=get_content_type_for_model(row).pk,
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=message,
    )


def render(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    template: str,
    *,
    context: Mapping[str, Any],
) -> HttpResponse:
    """Make a page of a model's, with what the admin's own templates want; never cached."""
    request.current_app = model_admin.admin_site.name
    whole = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        **context,
    }
    response = TemplateResponse(request, f"admin/events/{template}", whole)
    response.headers["Cache-Control"] = "no-store"
    return response


def known_tenants(request: HttpRequest) -> tuple[str, ...]:
    """Return all tenants, looked for once in a request."""
    if not hasattr(request, "known_tenants"):
        request.known_tenants = queries.get_tenants()  # type: ignore[attr-defined]  # kept with it
    found: tuple[str, ...] = request.known_tenants  # type: ignore[attr-defined]  # as above
    return found


def chosen_tenants(request: HttpRequest) -> tuple[str, ...]:
    """Return the tenant that the address names, or as many as may be looked at together."""
    named = request.GET.get("tenant")
    return (named,) if named else known_tenants(request)[:TENANTS_LIMIT]


def count_hidden_tenants(request: HttpRequest) -> int:
    """Say how many tenants are not among the chosen, if none was named."""
    return 0 if request.GET.get("tenant") else len(known_tenants(request)) - TENANTS_LIMIT


def event_row(event_id: str) -> Event:
    return Event(event_id=event_id)
