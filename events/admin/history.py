"""What all staff did, the newest first; written by the pages, and changed by nobody."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html


@admin.register(LogEntry)
class HistoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("action_time", "user", "deed", "subject", "content_type")
    list_display_links = None
    list_filter = ("action_time", "user")
    list_select_related = ("user", "content_type")
    search_fields = ("object_id", "object_repr", "change_message")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "History", **(extra_context or {})})

    @admin.display(description="did")
    def deed(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    @admin.display(description="to")
    def subject(self, entry: LogEntry) -> str:
        address = entry.get_admin_url()
        if address is None or entry.is_deletion():
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', address, entry.object_repr)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False
