"""The admin site: its first page, its order, and who may come in."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

# What is looked at first stands first; the rest follows by name.
_ORDER = ("Event", "ErrorGroup", "ReplayPlan", "Pause", "EventType", "APIKey")

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
        if request.method == "GET" and self._lacks_code_only(request):
            return HttpResponseRedirect(reverse("admin:one_time_code"))
        return super().login(request, extra_context)

    def get_urls(self) -> list[Any]:
        return [path("one-time-code/", self.set_up_code, name="one_time_code"), *super().get_urls()]

    @method_decorator([never_cache, csrf_protect])
    def set_up_code(self, request: HttpRequest) -> HttpResponse:
        """Let staff set up one-time codes, even where they come in with nothing else."""
        from config import staff_codes  # noqa: PLC0415  # as above

        if not staff_codes.may_set_up(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return staff_codes.set_up(request, self.each_context(request))

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in verified staff; those without a device too, where none is required."""
        user: Any = request.user
        needs_code = settings.STAFF_MUST_USE_TOTP
        return super().has_permission(request) and (not needs_code or user.is_verified())

    def _lacks_code_only(self, request: HttpRequest) -> bool:
        from config import staff_codes  # noqa: PLC0415  # as above

        return not self.has_permission(request) and staff_codes.may_set_up(request)

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

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:  # noqa: ARG002  # Django's signature
        """Go to the overview, whose navigation has all that an app's page would list."""
        return HttpResponseRedirect(reverse("admin:index"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = _NAMES.get(app["app_label"], app["name"])
            app["models"].sort(key=_place)
        return sorted(apps, key=lambda app: app["app_label"] != "events")


def _place(model: dict[str, Any]) -> int:
    name = model["object_name"]
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
