"""The page of one event: why it is where it is, what happened to it, and what may be done."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from events import clock, queries
from events.admin import pages
from events.admin.events import actions, editing, payloads, timeline
from events.admin.events.actions import Action
from events.errors import EventNotFound, Retryable
from events.event import Event

# An open event is looked at again and again until it has ended.
_REFRESH_SECONDS = 2


def show(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    event_id: str,
    *,
    is_revealed: bool = False,
) -> HttpResponse:
    try:
        event = queries.get_event(event_id, tenant=None)
        explanation = queries.explain_event(event_id, tenant=event.tenant).sentence
        version, payload_json = _find_payload(request, event)
    except EventNotFound:
        text = f"There is no event {event_id}. Events are kept for {settings.RETENTION_DAYS} days."
        return _back_to_list(request, text)
    except Retryable:
        return _back_to_list(request, "The store does not answer. Try again in a moment.")
    context = _describe(request, event) | {
        "explanation": explanation,
        "version": version,
        **_texts(event, payload_json, is_revealed=is_revealed),
    }
    template = "event/_live.html" if pages.is_refresh(request) else "event/page.html"
    return pages.render(model_admin, request, template, context=context)


def _describe(request: HttpRequest, event: Event) -> dict[str, Any]:
    now = clock.now()
    return {
        "title": f"Event {event.event_id}",
        "event": event,
        "original": pages.event_row(event.event_id),
        "now": now,
        "generations": timeline.draw(event, now),
        "attempts": event.attempts[::-1],
        "actions": [each for each in _offered(event) if pages.may(request, each.permission)],
        "may_edit": editing.may_edit(request, event),
        "may_reveal": pages.may(request, "reveal"),
        "may_pause": pages.may(request, "pause"),
        "refresh_seconds": None if event.status.is_terminal else _REFRESH_SECONDS,
        "trace_url": _address(settings.TRACE_URL, event),
        "logs_url": _address(settings.LOGS_URL, event),
    }


def _address(template: str, event: Event) -> str:
    """Fill an address in; an event without a trace has none that names it."""
    if "{trace_id}" in template and event.trace_id is None:
        return ""
    trace_id = event.trace_id or ""
    return template.replace("{event_id}", event.event_id).replace("{trace_id}", trace_id)


def _offered(event: Event) -> list[Action]:
    if not event.status.is_terminal:
        return [actions.MARK_DEAD]
    if event.payload_json is None:
        return [actions.ERASE] if event.is_partly_erased else []
    return [actions.REPLAY, actions.ERASE]


def _find_payload(request: HttpRequest, event: Event) -> tuple[int, str | None]:
    """Return the version that the address names, or the one that the event runs on."""
    named = request.GET.get("payload", "")
    for each in event.payload_versions[:-1]:
        if named == str(each.version):
            found = queries.get_payload(event.event_id, each.version, tenant=None)
            return each.version, found.payload_json
    return event.payload_version, event.payload_json


def _texts(event: Event, payload_json: str | None, *, is_revealed: bool) -> dict[str, Any]:
    is_masked = not is_revealed
    shown: dict[str, Any] = {
        "payload": payloads.show(payload_json, is_masked=is_masked),
        "result": payloads.show(event.result_json, is_masked=is_masked),
        "cloudevent": payloads.show(event.cloudevent_json, is_masked=is_masked),
        "has_masked": payloads.has_masked(payload_json),
        "is_revealed": is_revealed,
    }
    if is_revealed:
        # It was asked for once: a refresh would ask again, and log it.
        shown["refresh_seconds"] = None
        item = queries.get_stored_item(event.event_id)
        shown["raw_item"] = json.dumps(item, indent=2, ensure_ascii=False, sort_keys=True)
    return shown


def _back_to_list(request: HttpRequest, text: str) -> HttpResponse:
    messages.error(request, text)
    return HttpResponseRedirect(reverse("admin:events_event_changelist"))
