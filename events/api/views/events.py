"""Posting an event, and looking at one."""

from http import HTTPStatus

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from events import metrics, queries, services
from events.api.body import read_json_body
from events.api.models import EventInput, check_idempotency_key
from events.api.representations import show_acceptance, show_event
from events.api.views.view import View
from events.strict_json import read


class EventsView(View):
    """``POST /events``."""

    def post(self, request: Request) -> Response:
        environ = request.META
        idempotency_key = check_idempotency_key(environ.get("HTTP_IDEMPOTENCY_KEY"))
        document = read(read_json_body(environ), depth_limit=settings.JSON_DEPTH_LIMIT)
        event = EventInput.from_document(document)
        acceptance = services.accept_event(
            event_type=event.event_type,
            payload_json=document.texts["payload"],
            tenant=self.caller.tenant,
            source=event.source,
            subject=event.subject,
            process_at=event.process_at,
            idempotency_key=idempotency_key,
        )
        metrics.EVENTS_ACCEPTED.labels("repeat" if acceptance.is_repeat else "new").inc()
        headers = {"Location": f"/events/{acceptance.event_id}"}
        if acceptance.is_repeat:
            headers["Idempotency-Replayed"] = "true"
        return Response(show_acceptance(acceptance), HTTPStatus.ACCEPTED, headers=headers)


class EventView(View):
    """``GET /events/{event_id}``."""

    def get(self, request: Request, event_id: str) -> Response:  # noqa: ARG002  # Django's signature
        return Response(show_event(queries.get_event(event_id, tenant=self.caller.tenant)))
