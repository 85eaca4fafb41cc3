"""Error groups: failures of one kind together, and the way to replay them all."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from events import clock, queries
from events.admin import pages
from events.error_group import GroupOrder
from events.errors import Retryable
from events.models import ErrorGroup

_PER_PAGE = 50


@admin.register(ErrorGroup)
class ErrorGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return pages.may(request, "view")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # as above
        pages.demand(request, "view")
        order = GroupOrder.MOST if request.GET.get("order") == "most" else GroupOrder.NEWEST
        context: dict[str, Any] = {
            "title": "Error groups",
            "now": clock.now(),
            "may_replay": pages.may(request, "bulk_replay"),
            "newest_url": _address(request, order=GroupOrder.NEWEST),
            "most_url": _address(request, order=GroupOrder.MOST),
            "is_by_deaths": order is GroupOrder.MOST,
        }
        try:
            page = queries.list_error_groups(
                tenants=pages.chosen_tenants(request),
                order=order,
                after=request.GET.get("after"),
                limit=_PER_PAGE,
            )
        except Retryable:
            messages.error(request, "The store does not answer. Try again in a moment.")
        else:
            context["groups"] = page.groups
            if page.next_key is not None:
                context["next_url"] = _address(request, order=order, after=page.next_key)
            context["is_complete"] = page.is_complete
            context["hidden_tenants"] = pages.count_hidden_tenants(request)
        return pages.render(self, request, "errorgroup/list.html", context=context)

    def change_view(
        self,
        request: HttpRequest,  # noqa: ARG002  # as above
        object_id: str,
        *args: Any,  # noqa: ARG002  # as above
        **options: Any,  # noqa: ARG002  # as above
    ) -> HttpResponse:
        """Go to the group's dead events: they are its page."""
        tenant, _, fingerprint = object_id.rpartition(":")
        query = urlencode({"status": "dead", "tenant": tenant, "error": fingerprint})
        return HttpResponseRedirect(f"{reverse('admin:events_event_changelist')}?{query}")


def _address(request: HttpRequest, **named: str) -> str:
    """Return the address of a page of the list, for the tenant that is chosen."""
    chosen = {"tenant": request.GET["tenant"]} if request.GET.get("tenant") else {}
    return f"?{urlencode({**chosen, **named})}"
