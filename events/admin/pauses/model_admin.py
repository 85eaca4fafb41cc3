"""The list of pauses with the way on, and the page that makes one."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from events import clock, queries, services
from events.admin import pages
from events.admin.pauses.forms import PauseForm, ResumeForm
from events.admin.pauses.names import name_of
from events.errors import EventError, Retryable
from events.models import Pause as Row
from events.pause import Pause, PauseState

# Each look counts what waits, so no more often.
_REFRESH_SECONDS = 10

# Counting what waits takes a query for each shard.
_COUNTED = 10


@admin.register(Row)
class PauseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    def has_add_permission(self, request: HttpRequest) -> bool:
        return pages.may(request, "pause")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        return pages.may(request, "view")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:  # noqa: ARG002  # as above
        return Row(pause_id=object_id)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resume)
        return [
            path("<str:pause_id>/resume/", view, name="events_pause_resume"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # as above
        """Show what is paused or goes on, with what waits, and what was."""
        pages.demand(request, "view")
        context: dict[str, Any] = {
            "title": "Pauses",
            "may_pause": pages.may(request, "pause"),
            "now": clock.now(),
            "refresh_seconds": _REFRESH_SECONDS,
        }
        try:
            found = queries.list_pauses()
            live = [each for each in found if each.state is not PauseState.ENDED]
            context["live"] = [_describe(each, i) for i, each in enumerate(live)]
            context["ended"] = [each for each in found if each.state is PauseState.ENDED]
        except Retryable:
            messages.error(request, "The store does not answer. Try again in a moment.")
        return pages.render(self, request, "pause/list.html", context=context)

    def add_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Ask what is to wait and why, or pause it."""
        pages.demand(request, "view", "pause")
        form = _form(request)
        if form.is_bound and form.is_valid() and _pause(request, form.cleaned_data):
            return HttpResponseRedirect(reverse("admin:events_pause_changelist"))
        context = {"title": "Pause", "form": form}
        return pages.render(self, request, "pause/make.html", context=context)

    def change_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:  # noqa: ARG002  # as above
        """Go to the list: it has all of every pause."""
        return HttpResponseRedirect(reverse("admin:events_pause_changelist"))

    def resume(self, request: HttpRequest, pause_id: str) -> HttpResponse:
        """Let what waits go on, or change how fast it does."""
        pages.demand(request, "view", "pause")
        form = ResumeForm(request.POST)
        if request.method == "POST" and form.is_valid():
            _resume(request, pause_id, form.cleaned_data["rate"])
        elif request.method == "POST":
            messages.error(request, f"Events a second: {form.errors['rate'][0]}")
        return HttpResponseRedirect(reverse("admin:events_pause_changelist"))


def _form(request: HttpRequest) -> PauseForm:
    given = request.POST if request.method == "POST" else request.GET
    # One whose first events were not counted yet may be named all the same.
    tenants = sorted({*_tenants(request), given.get("tenant", "")} - {""})
    if request.method == "POST":
        return PauseForm(request.POST, tenants=tenants)
    return PauseForm(initial=request.GET.dict(), tenants=tenants)


def _tenants(request: HttpRequest) -> tuple[str, ...]:
    try:
        return pages.known_tenants(request)
    except Retryable:
        return ()


def _pause(request: HttpRequest, asked: dict[str, Any]) -> bool:
    actor = pages.actor_of(request)
    try:
        pause = services.pause_events(
            tenant=asked["tenant"] or None,
            event_type=asked["event_type"] or None,
            reason=asked["reason"],
            actor=actor,
        )
    except EventError as error:
        messages.error(request, error.sentence)
        return False
    if (pause.paused_by, pause.reason) != (actor, asked["reason"]):
        text = f"{name_of(pause)} was paused before, by {pause.paused_by}: {pause.reason}"
        messages.warning(request, text)
        return True
    pages.log(request, _row(pause), f"Paused {name_of(pause)}: {asked['reason']}")
    messages.success(request, f"Paused: {name_of(pause)}. What runs comes to its end.")
    return True


def _resume(request: HttpRequest, pause_id: str, rate: int) -> None:
    try:
        pause = services.resume_events(pause_id, rate=rate, actor=pages.actor_of(request))
    except EventError as error:
        messages.error(request, error.sentence)
        return
    pages.log(request, _row(pause), f"Resumed {name_of(pause)}, {rate} a second.")
    messages.success(request, f"Resumed: {name_of(pause)}. Workers begin within seconds.")


def _describe(pause: Pause, position: int) -> dict[str, Any]:
    count, is_exact = (None, True) if position >= _COUNTED else queries.count_waiting(pause)
    return {"pause": pause, "name": name_of(pause), "waiting": count, "is_exact": is_exact}


def _row(pause: Pause) -> Row:
    return Row(pause_id=pause.pause_id)
