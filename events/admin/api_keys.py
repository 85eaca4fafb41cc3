"""API keys: made and shown once, rotated, revoked; never deleted, so that the log stays true."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html

from events import services
from events.api_key import DEFAULT_SCOPES, Scope
from events.errors import APIKeyHasChanged, APIKeyHasEnded
from events.models import APIKey

_OVERLAP = timedelta(days=1)
_STALE = (
    "Somebody changed, rotated or revoked this key after you opened the page. "
    "Nothing was saved: open it again and look."
)
# A key with its text, and what became of the one before it.
_Made = tuple[APIKey, str]


class APIKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """Scopes as boxes to tick, event types as words."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        initial=DEFAULT_SCOPES,
        help_text="staff sees queue depths and workers, and no other tenant's events.",
    )
    event_types = forms.CharField(
        required=False,
        help_text="Types it may use, such as order.created or order.*, with spaces between; "
        "empty means all.",
    )

    # Django's own for the admin is two fields without labels.
    expires_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}
        ),
        help_text="UTC; empty means never.",
    )

    # What the page was opened with: a stale one must not undo what others did.
    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = APIKey
        fields = (
            "name",
            "tenant",
            "scopes",
            "event_types",
            "rate_per_second",
            "burst",
            "expires_at",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["event_types"] = " ".join(self.instance.event_types)
        self.initial["revision"] = self.instance.revision if self.instance.pk else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get("revision") != self.instance.revision:
            raise forms.ValidationError(_STALE)
        return cleaned

    def clean_event_types(self) -> list[str]:
        return str(self.cleaned_data["event_types"]).replace(",", " ").split()


@admin.register(APIKey)
class APIKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    form = APIKeyForm
    list_display = ("key_id", "name", "tenant", "may", "badge", "last_used_at")
    list_filter = ("tenant",)
    search_fields = ("key_id", "name", "tenant")
    readonly_fields = (
        "key_id",
        "state",
        "created_at",
        "created_by",
        "revoked_at",
        "last_used_at",
    )
    actions = ("revoke", "rotate")

    @admin.display(description="may")
    def may(self, key: APIKey) -> str:
        types = f" ({', '.join(key.event_types)})" if key.event_types else ""
        return f"{', '.join(key.scopes)}{types}"

    @admin.display(description="state")
    def badge(self, key: APIKey) -> str:
        kind = "ending" if key.state.startswith("until") else key.state.replace(" ", "-")
        return format_html('<span class="badge is-{}">{}</span>', kind, key.state)

    def get_fields(self, request: HttpRequest, obj: APIKey | None = None) -> tuple[str, ...]:
        if obj is None:
            return APIKeyForm.Meta.fields
        hidden = ("revision",) if self.has_change_permission(request, obj) else ()
        return (*APIKeyForm.Meta.fields, *self.readonly_fields, *hidden)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: APIKey | None = None,
    ) -> tuple[str, ...]:
        # Another tenant would make it another key, in hands that did not ask for it.
        return self.readonly_fields if obj is None else ("tenant", *self.readonly_fields)

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: APIKey | None = None,  # noqa: ARG002  # Django's signature
    ) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: APIKey, form: Any, change: Any) -> None:  # noqa: PLR0917  # Django's signature
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            revision = form.cleaned_data["revision"]
            services.update_api_key(obj.key_id, changes, revision=revision, actor=_actor(request))
        else:
            request.made_keys = [(obj, services.issue_api_key(obj, actor=_actor(request)))]  # type: ignore[attr-defined]  # for response_add

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except APIKeyHasChanged:
            # Just now, after the form's check, which sees it this time and says so.
            return super().changeform_view(request, *args, **kwargs)

    def response_add(
        self,
        request: HttpRequest,
        obj: APIKey,  # noqa: ARG002  # Django's signature
        post_url_continue: str | None = None,  # noqa: ARG002  # Django's signature
    ) -> HttpResponse:
        return self._show(request, request.made_keys)  # type: ignore[attr-defined]  # see save_model

    @admin.action(
        description="Revoke: no request with them from half a minute on", permissions=["change"]
    )
    def revoke(self, request: HttpRequest, keys: QuerySet[APIKey]) -> None:
        for key in keys:
            services.revoke_api_key(key.key_id, actor=_actor(request))
            self.log_change(request, key, "Revoked.")
        self.message_user(request, f"Revoked: {', '.join(map(str, keys))}.", messages.SUCCESS)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Rotating makes a key and ends one; Django itself would take either right for it."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    @admin.action(
        description="Rotate: new keys beside these, which end in a day", permissions=["rotate"]
    )
    def rotate(self, request: HttpRequest, keys: QuerySet[APIKey]) -> HttpResponse | None:
        made: list[_Made] = []
        for key in keys:
            try:
                made.append(
                    services.rotate_api_key(key.key_id, overlap=_OVERLAP, actor=_actor(request))
                )
            except APIKeyHasEnded as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.log_change(request, key, f"Rotated; {made[-1][0].key_id} follows it.")
                self.log_addition(request, made[-1][0], f"Follows {key.key_id}.")
        return self._show(request, made) if made else None

    def _show(self, request: HttpRequest, made: list[_Made]) -> HttpResponse:
        """Show the texts on a page of their own: a message would lie in a cookie first."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Keep it now",
            "opts": self.opts,
            "made": made,
        }
        response = TemplateResponse(request, "admin/events/apikey/made.html", context)
        add_never_cache_headers(response)
        return response


def _actor(request: HttpRequest) -> str:
    return request.user.get_username()
