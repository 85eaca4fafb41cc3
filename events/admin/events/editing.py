"""Replaying one event on another payload, which is kept beside what the client sent."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from events import queries, services
from events.admin import pages
from events.admin.events import payloads
from events.admin.forms import ReasonForm
from events.errors import EventError, SchemaViolation
from events.event import Event, NewEvent
from events.strict_json import InvalidJSON, canonical, read

_FAULTS_SHOWN = 20
_TEXT = {"rows": 18, "spellcheck": "false", "autocomplete": "off", "class": "mono"}


class EditForm(ReasonForm):
    """Another payload, checked as if a client had sent it, and why."""

    payload = forms.CharField(
        widget=forms.Textarea(attrs=_TEXT),
        error_messages={"required": "A payload is a JSON object; the smallest is {}."},
        help_text="A JSON object. The payload so far is kept beside it.",
    )
    # What the page showed: nobody replays what somebody else has replayed meanwhile.
    generation = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("payload", "reason", "generation")

    def __init__(self, *args: Any, event: Event, **options: Any) -> None:
        super().__init__(*args, **options)
        self._event = event
        self.fields["reason"].widget.attrs.pop("autofocus")

    def clean_payload(self) -> str:
        # Browsers send two characters for the end of a line.
        text: str = self.cleaned_data["payload"].replace("\r\n", "\n")
        _check_text(text)
        before = self._event.payload_json
        if before is not None and canonical(text) == canonical(before):
            raise forms.ValidationError("It is the payload so far: a plain replay runs it again.")
        _check_schema(self._event, text)
        return text


def may_edit(request: HttpRequest, event: Event) -> bool:
    """Say whether somebody may; whoever edited a redacted text would replay the redaction."""
    needed = ["replay", "edit", *(["reveal"] if payloads.has_masked(event.payload_json) else [])]
    return event.status.is_terminal and pages.may(request, *needed)


def show_or_replay(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, event_id: str
) -> HttpResponse:
    """Show the payload to be edited, or, once it is sent, replay the event on it."""
    back = HttpResponseRedirect(reverse("admin:events_event_change", args=[event_id]))
    try:
        event = queries.get_event(event_id, tenant=None)
    except EventError as error:
        messages.error(request, str(error))
        return back
    if not event.status.is_terminal:
        messages.error(request, f"It is {event.status}: wait until it has ended.")
        return back
    if not may_edit(request, event):
        raise PermissionDenied
    form = _form(request, event)
    if form.is_bound and form.is_valid():
        _replay(request, event_id, form.cleaned_data)
        return back
    if not form.is_bound and payloads.has_masked(event.payload_json):
        pages.log(request, pages.event_row(event_id), "Revealed the payload, to edit it.")
    context = {"title": "Replay on another payload", "event": event, "form": form}
    return pages.render(model_admin, request, "event/edit.html", context=context)


def _form(request: HttpRequest, event: Event) -> EditForm:
    if request.method == "POST":
        return EditForm(request.POST, event=event)
    text = payloads.show(event.payload_json, is_masked=False)
    initial = {"payload": text, "generation": event.generation}
    return EditForm(initial=initial, event=event)


def _replay(request: HttpRequest, event_id: str, asked: dict[str, Any]) -> None:
    try:
        services.replay_event(
            event_id=event_id,
            actor=pages.actor_of(request),
            reason=asked["reason"],
            generation=asked["generation"],
            payload_json=asked["payload"],
        )
    except EventError as error:
        messages.error(request, str(error))
        return
    row = pages.event_row(event_id)
    pages.log(request, row, f"Replayed on another payload: {asked['reason']}")
    messages.success(request, "Replayed on the new payload.")


def _check_text(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    if len(body) > settings.BODY_LIMIT_BYTES:
        limit = f"{settings.BODY_LIMIT_BYTES:,}"
        raise forms.ValidationError(f"It has {len(body):,} bytes, and may have {limit}.")
    try:
        document = read(body, depth_limit=settings.JSON_DEPTH_LIMIT)
    except InvalidJSON as error:
        place = f"line {error.line}, column {error.column}"
        raise forms.ValidationError(f"{error.message} ({place})") from error
    if not isinstance(document.value, dict):
        raise forms.ValidationError("A payload is a JSON object, in braces.")


def _check_schema(event: Event, text: str) -> None:
    edited = NewEvent(event_type=event.event_type, payload_json=text)
    try:
        services.check_event(edited, tenant=event.tenant)
    except SchemaViolation as error:
        faults = [f"{each['pointer']}: {each['message']}" for each in error.faults]
        raise forms.ValidationError([str(error), *faults[:_FAULTS_SHOWN]]) from error
    except EventError as error:
        raise forms.ValidationError(str(error)) from error
