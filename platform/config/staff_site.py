"""The admin site: its first page, its order, and who may come in."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

# What is looked at first stands first; the rest follows by name.
_ORDER = ("Event", "ErrorGroup", "ReplayPlan", "ReplayRequest", "EventType", "APIKey")

_NAMES = {"auth": "Staff", "otp_totp": "One-time codes", "admin": "History"}


class StaffSite(AdminSite):
    site_header = "Event platform"
    site_title = "Event platform"
    index_title = "Overview"
    index_template = "admin/overview/page.html"
    site_url = "/docs"

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        # It needs the models, which are not there yet when the site is.
        from config.staff_login import StaffLoginForm  # noqa: PLC0415

        self.login_form = StaffLoginForm
        return super().login(request, extra_context)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in verified staff; those without a device too, where none is required."""
        user: Any = request.user
        needs_code = settings.STAFF_MUST_USE_TOTP
        return super().has_permission(request) and (not needs_code or user.is_verified())

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the overview; a refresh gets its moving part alone."""
        # The pages register themselves with this site, so it has to be there before them.
        from events.admin import overview, pages  # noqa: PLC0415

        context = overview.describe(request) | (extra_context or {})
        if pages.is_refresh(request):
            response = TemplateResponse(request, "admin/overview/_live.html", context)
        else:
            response = super().index(request, context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = _NAMES.get(app["app_label"], app["name"])
            app["models"].sort(key=_place)
        return sorted(apps, key=lambda app: app["app_label"] != "events")


def _place(model: dict[str, Any]) -> int:
    name = model["object_name"]
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
