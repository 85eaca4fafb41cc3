"""Whether this process and this host are well."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.host import find_host_faults, is_asked_from_inside
from events.api.views.view import View


class HealthView(View):
    """``GET /health`` and ``/health/live``: the process answers; nothing else is asked."""

    is_public = True

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        return Response({"status": "ok", "version": settings.VERSION})


class ReadyView(View):
    """``GET /health/ready``: fails only for what is wrong with this very host.

    A host that fails for a dependency's trouble would take every host out of service at once.
    """

    is_public = True

    def get(self, request: Request) -> Response:
        faults = find_host_faults()
        answer: dict[str, Any] = {"status": "not ready" if faults else "ready"}
        if is_asked_from_inside(request.META):
            answer |= {"faults": faults, "dependencies": queries.check_dependencies()}
            answer["paused"] = queries.name_pauses()
        status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
        return Response(answer, status)
