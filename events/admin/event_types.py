"""Event types: edited with their schemas, tried with a payload, deprecated."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from events import queries, services
from events.errors import EventTypeNotFound, IncompatibleSchema, Retryable
from events.event_types import Definition, Mode
from events.models import EventType, SchemaVersion
from events.services import Plan

_TEXT = {"rows": 18, "cols": 100, "spellcheck": "false", "class": "vLargeTextField mono"}
_FAULTS_SHOWN = 100
# None says that the store was asked and did not answer.
_NOT_ASKED: Any = object()
_CONFIRM = "Tick “Save an incompatible schema” below if that is what you want."


class EventTypeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """The type with its active schema; an incompatible one must be confirmed."""

    schema_json = forms.CharField(
        label="Schema",
        required=False,
        widget=forms.Textarea(attrs=_TEXT),
        help_text="JSON Schema 2020-12 of the payload; a change makes a new version, and an "
        "earlier text makes its version the active one again.",
    )
    example_json = forms.CharField(
        label="Example",
        required=False,
        widget=forms.Textarea(attrs={**_TEXT, "rows": 10}),
        help_text="A payload that matches.",
    )
    allow_incompatible = forms.BooleanField(
        label="Save an incompatible schema",
        required=False,
        help_text="Payloads that matched until now may be refused.",
    )

    class Meta:
        model = EventType
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        }
        fields = (
            "name",
            "description",
            "mode",
            "schema_json",
            "example_json",
            "allow_incompatible",
            "is_deprecated",
            "deprecation_note",
            "replacement",
        )

    plan: Plan

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = self.instance.active_schema if self.instance.pk else None
        self.initial["schema_json"] = active.schema_json if active else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.plan = services.plan_event_type(_definition(cleaned, self.instance))
        except ValidationError as error:
            self.add_error(None, error)
            return cleaned
        if not self.plan.is_safe and not cleaned["allow_incompatible"]:
            self.add_error("schema_json", _explain(self.plan))
        return cleaned


@admin.register(EventType)
class EventTypeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    form = EventTypeForm
    change_form_template = "admin/events/eventtype/change_form.html"
    list_display = (
        "name",
        "mode",
        "version",
        "would_be_rejections",
        "is_deprecated",
        "updated_at",
        "updated_by",
    )
    list_filter = ("mode", "is_deprecated")
    search_fields = ("name", "description")
    readonly_fields = (
        "would_be_rejections",
        "versions",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_payload)
        return [path("<int:pk>/try/", view, name="events_eventtype_try"), *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        found = _find_rejections()
        for event_type in changelist.result_list:
            # One look at the store for the whole page.
            event_type.found_rejections = found
        return changelist

    def get_fields(self, request: HttpRequest, obj: EventType | None = None) -> tuple[str, ...]:
        shown = () if obj is None else self.readonly_fields
        fields: tuple[str, ...] = EventTypeForm.Meta.fields
        if obj is not None and not self.has_change_permission(request, obj):
            # Who may only look has no form, and sees the schema among the versions.
            fields = tuple(name for name in fields if hasattr(obj, name))
        return (*fields, *shown)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: EventType | None = None,
    ) -> tuple[str, ...]:
        # Under another name it would be another type.
        return self.readonly_fields if obj is None else ("name", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: EventType, form: Any, change: Any) -> None:  # noqa: ARG002, PLR0917  # Django's signature
        actor = request.user.get_username()
        services.save_event_type(
            form.plan.definition,
            actor=actor,
            allow_incompatible=form.cleaned_data["allow_incompatible"],
        )
        saved = EventType.objects.get(name=form.plan.definition.name)
        obj.pk = saved.pk
        obj.__dict__.update(saved.__dict__)
        self.message_user(request, "It holds everywhere within 30 seconds.", messages.INFO)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IncompatibleSchema:
            # Somebody changed the type after the form's check, which sees it now and says so.
            return super().changeform_view(request, *args, **kwargs)

    def delete_model(self, request: HttpRequest, obj: EventType) -> None:
        # Gone already is as good.
        with suppress(EventTypeNotFound):
            services.delete_event_type(obj.name, actor=request.user.get_username())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EventType]) -> None:
        for event_type in queryset:
            self.delete_model(request, event_type)

    @admin.display(description="would be rejected")
    def would_be_rejections(self, event_type: EventType) -> str:
        """Show what the active schema would have refused of all tenants."""
        if event_type.mode != Mode.WARN:
            return ""
        found = getattr(event_type, "found_rejections", _NOT_ASKED)
        if found is _NOT_ASKED:
            found = _find_rejections()
        if found is None:
            return "the store does not answer"
        seen = found.get(event_type.name)
        if seen is None:
            return "none"
        places = ", ".join(f"{pointer or '/'} ({code})" for pointer, code in seen.faults)
        return f"{seen.count}, the last at {seen.last_seen_at:%Y-%m-%d %H:%M:%S}: {places}"

    @admin.display(description="versions")
    def versions(self, event_type: EventType) -> SafeString:
        return format_html_join(
            "",
            "<details><summary>{}</summary><pre>{}</pre></details>",
            ((_heading(each, event_type), each.schema_json) for each in event_type.versions.all()),
        )

    def try_payload(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say whether a payload matches the active schema; nothing is stored."""
        event_type = self.get_object(request, str(pk))
        if event_type is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))  # type: ignore[attr-defined, no-any-return]  # not in the stubs
        if not self.has_view_permission(request, event_type):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Try a payload: {event_type}",
            "opts": self.opts,
            "original": event_type,
            "payload": request.POST.get("payload", event_type.example_json),
        }
        if request.method == "POST":
            context["tried"] = True
            context["faults"] = services.try_payload(event_type, context["payload"])[:_FAULTS_SHOWN]
        return TemplateResponse(request, "admin/events/eventtype/try.html", context)


def _find_rejections() -> Mapping[str, Any] | None:
    try:
        return queries.get_would_be_rejections()
    except Retryable:
        return None


def _definition(cleaned: dict[str, Any], instance: EventType) -> Definition:
    return Definition(
        name=cleaned.get("name") or instance.name,
        description=cleaned["description"],
        mode=Mode(cleaned["mode"]),
        is_deprecated=cleaned["is_deprecated"],
        deprecation_note=cleaned["deprecation_note"],
        replacement=cleaned["replacement"],
        schema_json=cleaned["schema_json"].strip() or None,
        example_json=cleaned["example_json"].strip() or None,
    )


def _explain(plan: Plan) -> list[str]:
    if plan.comparison is None:
        return []
    places = [f"{each.pointer or 'schema'}: {each.message}" for each in plan.comparison.differences]
    return [str(plan.comparison), *places, _CONFIRM]


def _heading(version: SchemaVersion, event_type: EventType) -> str:
    active = ", active" if version.number == event_type.version else ""
    made = f"{version.created_at:%Y-%m-%d %H:%M} by {version.created_by}"
    return f"{version}{active}: {made}"
