"""The event list and the event page, inside the admin: its permissions, filters and history."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events import clock, queries
from events.admin import durations, pages
from events.admin.events import doing, editing, page
from events.admin.events.actions import ACTIONS, Action
from events.admin.events.change_list import EventChangeList
from events.admin.events.filters import (
    NamesFilter,
    StatusFilter,
    TenantFilter,
    TimesFilter,
    WindowFilter,
)
from events.admin.events.rows import Rows, to_row
from events.errors import EventNotFound, Retryable
from events.models import Event


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("status", "short_id", "event_type", "received", "attempts", "tenant", "source")
    list_display_links = ("short_id",)
    list_filter = (StatusFilter, WindowFilter, TenantFilter, NamesFilter, TimesFilter)
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    search_fields = ("event_id",)
    search_help_text = "A whole event id or idempotency key; it is looked for in all tenants."
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/events/event/change_list.html"
    actions = ("replay", "mark_dead", "erase")

    def get_queryset(self, request: HttpRequest) -> Any:
        return Rows(pages.chosen_tenants(request))

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's signature
        return EventChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        text = search_term.strip()
        if not text:
            return queryset, False
        tenants = queryset.tenants if "tenant" in request.GET else self.get_known_tenants(request)
        return replace(queryset, search=text, tenants=tenants), False

    def get_known_tenants(self, request: HttpRequest) -> tuple[str, ...]:
        return pages.known_tenants(request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:  # noqa: ARG002  # as above
        try:
            return to_row(queries.get_event(object_id, tenant=None))
        except EventNotFound:
            return None

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # as above
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        # The list's boxes and actions are for those who may do something.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return pages.may(request, "replay")

    def has_mark_dead_permission(self, request: HttpRequest) -> bool:
        return pages.may(request, "mark_dead")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return pages.may(request, "erase")

    def get_urls(self) -> list[URLPattern]:
        own: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("<str:event_id>/do/<str:name>/", self.do_one, "do"),
            ("<str:event_id>/edit/", self.edit, "edit"),
            ("<str:event_id>/reveal/", self.reveal, "reveal"),
        ]
        views = [
            path(route, self.admin_site.admin_view(view), name=f"events_event_{name}")
            for route, view, name in own
        ]
        return [*views, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        tenants, shown = self._tenants(request)
        extra = {
            "title": "Events",
            "hidden_tenants": len(tenants) - len(shown),
            "shown_tenants": len(shown),
            "now": clock.now(),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show an event; nothing about it is edited in place."""
        pages.demand(request, "view")
        return page.show(self, request, object_id)

    def reveal(self, request: HttpRequest, event_id: str) -> HttpResponse:
        pages.demand(request, "view", "reveal")
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:events_event_change", args=[event_id]))
        pages.log(request, pages.event_row(event_id), "Revealed redacted values and the raw item.")
        return page.show(self, request, event_id, is_revealed=True)

    def edit(self, request: HttpRequest, event_id: str) -> HttpResponse:
        pages.demand(request, "view", "replay", "edit")
        return editing.show_or_replay(self, request, event_id)

    def do_one(self, request: HttpRequest, event_id: str, name: str) -> HttpResponse:
        action = ACTIONS.get(name)
        if action is None:
            return HttpResponseRedirect(reverse("admin:events_event_change", args=[event_id]))
        pages.demand(request, "view", action.permission)
        back = reverse("admin:events_event_change", args=[event_id])
        return doing.ask_or_do(self, request, action, event_ids=[event_id], back=back)

    def response_action(  # type: ignore[override]  # Django's own, which the stubs have otherwise
        self, request: HttpRequest, queryset: Any
    ) -> HttpResponse | None:
        if request.POST.get("select_across") == "1":
            # Nobody waits for so many: they become a plan.
            return doing.begin_plan(request, queryset)
        return super().response_action(request, queryset)

    @admin.action(description="Replay the selected events", permissions=["replay"])
    def replay(self, request: HttpRequest, rows: Any) -> HttpResponse:
        return self._do(request, ACTIONS["replay"], rows)

    @admin.action(description="Mark the selected events dead", permissions=["mark_dead"])
    def mark_dead(self, request: HttpRequest, rows: Any) -> HttpResponse:
        return self._do(request, ACTIONS["mark_dead"], rows)

    @admin.action(description="Erase the selected events' payloads", permissions=["erase"])
    def erase(self, request: HttpRequest, rows: Any) -> HttpResponse:
        return self._do(request, ACTIONS["erase"], rows)

    def _do(self, request: HttpRequest, action: Action, rows: Any) -> HttpResponse:
        event_ids = list(rows.event_ids)
        return doing.ask_or_do(
            self, request, action, event_ids=event_ids, back=request.get_full_path()
        )

    def _tenants(self, request: HttpRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
        try:
            return pages.known_tenants(request), pages.chosen_tenants(request)
        except Retryable:
            # The list says so itself.
            request.known_tenants = ()  # type: ignore[attr-defined]  # see pages
            return (), ()

    def action_checkbox(self, row: Event) -> SafeString:
        # Django builds a form's widget for each: half the CPU of a list's rows.
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" '
            'aria-label="Select event {}">',
            *(ACTION_CHECKBOX_NAME, row.event_id, row.event_id),
        )

    @admin.display(description="status")
    def status(self, row: Event) -> str:
        return format_html('<span class="badge is-{0}">{0}</span>', row.event.status)

    @admin.display(description="event")
    def short_id(self, row: Event) -> str:
        return format_html("<code>{}</code>", row.event_id)

    @admin.display(description="type")
    def event_type(self, row: Event) -> str:
        return str(row.event.event_type)

    @admin.display(description="tenant")
    def tenant(self, row: Event) -> str:
        return str(row.event.tenant)

    @admin.display(description="source", empty_value="")
    def source(self, row: Event) -> str:
        return row.event.source or ""

    @admin.display(description="attempts")
    def attempts(self, row: Event) -> str:
        replays = row.event.generation - 1
        count = str(row.event.attempt_count)
        return f"{count} ({replays} replay{'s' * (replays > 1)})" if replays else count

    @admin.display(description="received")
    def received(self, row: Event) -> str:
        moment = row.event.received_at
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            moment.isoformat(),
            f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC",
            durations.ago(moment, clock.now()),
        )
