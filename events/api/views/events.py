"""Posting an event, and looking at one."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from structlog.contextvars import bind_contextvars

from events import metrics, queries, services
from events.api.body import read_body
from events.api.cloudevents import is_binary, read_binary, read_cloudevent, show_cloudevent
from events.api.event_types import show_warnings
from events.api.media_types import (
    CLOUDEVENT,
    CLOUDEVENT_BATCH,
    JSON,
    LINES,
    MediaType,
    media_type_of,
    unsupported,
)
from events.api.models import check_idempotency_key, read_event
from events.api.representations import show_acceptance, show_event, show_explanation
from events.api.revisions import etag_of, is_known
from events.api.views.batch import post_batch
from events.api.views.listing import ListingView
from events.api.views.view import View
from events.event import Event, NewEvent
from events.strict_json import read

_MEDIA_TYPES = (JSON, CLOUDEVENT, CLOUDEVENT_BATCH, LINES)


class EventsView(ListingView):
    """``GET /events`` and ``POST /events``."""

    def post(self, request: Request) -> Response:
        media_type = media_type_of(request.META)
        if media_type.name in (LINES, CLOUDEVENT_BATCH):
            return post_batch(self, request, media_type)
        self.caller.expect_room()
        event = self._read(request.META, media_type)
        self.caller.check_event_type(event.event_type)
        self.caller.take(1)
        faults = services.check_event(event, tenant=self.caller.tenant)
        acceptance = services.accept_event(
            event_type=event.event_type,
            payload_json=event.payload_json,
            tenant=self.caller.tenant,
            source=event.source,
            subject=event.subject,
            process_at=event.process_at,
            idempotency_key=event.idempotency_key,
            cloudevent_json=event.cloudevent_json,
        )
        bind_contextvars(event_id=acceptance.event_id)
        if acceptance.is_repeat:
            metrics.count_repeats()
        else:
            metrics.count_new()
        headers = {"Location": f"/events/{acceptance.event_id}"}
        if acceptance.is_repeat:
            headers["Idempotency-Replayed"] = "true"
        answer = {**show_acceptance(acceptance), **show_warnings(acceptance.event_type, faults)}
        return Response(answer, HTTPStatus.ACCEPTED, headers=headers)

    def _read(self, environ: dict[str, Any], media_type: MediaType) -> NewEvent:
        key = check_idempotency_key(environ.get("HTTP_IDEMPOTENCY_KEY"))
        if is_binary(environ) and not media_type.is_cloudevent:
            return read_binary(environ, media_type, idempotency_key=key)
        if media_type.name not in (JSON, CLOUDEVENT) or not media_type.is_utf8:
            raise unsupported(_MEDIA_TYPES)
        body = read_body(environ, limit=settings.BODY_LIMIT_BYTES)
        document = read(body, depth_limit=settings.JSON_DEPTH_LIMIT)
        read_one = read_event if media_type.name == JSON else read_cloudevent
        return read_one(document, idempotency_key=key)


class EventView(View):
    """``GET /events/{event_id}``."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        # Clients may keep it, but must ask each time whether it is still so.
        return {"Cache-Control": "private, no-cache"}

    def get(self, request: Request, event_id: str) -> HttpResponse:
        media_type = CLOUDEVENT if _wants_cloudevent(request) else JSON

        def is_known_here(event: Event) -> bool:
            return is_known(request.META, etag_of(event, media_type=media_type))

        event = queries.get_event(event_id, tenant=self.caller.tenant, is_known=is_known_here)
        self.caller.check_event_type(event.event_type)
        headers = {"ETag": etag_of(event, media_type=media_type), "Vary": "Accept"}
        if is_known_here(event):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        if media_type == CLOUDEVENT:
            return HttpResponse(show_cloudevent(event), CLOUDEVENT, headers=headers)
        return Response(show_event(event), headers=headers)


class ExplainView(View):
    """``GET /events/{event_id}/explain``."""

    def get(self, request: Request, event_id: str) -> Response:  # noqa: ARG002  # Django's signature
        explanation = queries.explain_event(event_id, tenant=self.caller.tenant)
        self.caller.check_event_type(explanation.facts.event_type)
        return Response(show_explanation(explanation))


def _wants_cloudevent(request: Request) -> bool:
    if CLOUDEVENT not in request.META.get("HTTP_ACCEPT", "").lower():
        return False
    # Django's own request knows how to weigh what a client accepts.
    return request._request.get_preferred_type([CLOUDEVENT, JSON]) == CLOUDEVENT  # noqa: SLF001
