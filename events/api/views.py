"""The API's doors: parse, call one service or query, shape the answer."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events import metrics, queries, services
from events.api.body import read_json_body
from events.api.host import find_host_faults, is_asked_from_inside
from events.api.models import EventInput, check_idempotency_key
from events.api.representations import show_acceptance, show_event
from events.strict_json import read

DEFAULT_TENANT = "default"


class View(APIView):
    """What all addresses share: who asks is known already, and answers are not to be cached."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        # DRF would work out Allow for every answer; only 405 and OPTIONS need it.
        return {"Cache-Control": "no-store"}

    def options(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        *args: Any,  # noqa: ARG002  # Django's signature
        **kwargs: Any,  # noqa: ARG002  # Django's signature
    ) -> Response:
        headers = {"Allow": ", ".join(self.allowed_methods)}
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)


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
            tenant=DEFAULT_TENANT,
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
        return Response(show_event(queries.get_event(event_id, tenant=DEFAULT_TENANT)))


class StatsView(View):
    """``GET /stats``."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        return Response(queries.get_stats(tenant=DEFAULT_TENANT))


class HealthView(View):
    """``GET /health`` and ``/health/live``: the process answers; nothing else is asked."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        return Response({"status": "ok", "version": settings.VERSION})


class ReadyView(View):
    """``GET /health/ready``: fails only for what is wrong with this very host.

    A host that fails for a dependency's trouble would take every host out of service at once.
    """

    def get(self, request: Request) -> Response:
        faults = find_host_faults()
        answer: dict[str, Any] = {"status": "not ready" if faults else "ready"}
        if is_asked_from_inside(request.META):
            answer |= {"faults": faults, "dependencies": queries.check_dependencies()}
        status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
        return Response(answer, status)
