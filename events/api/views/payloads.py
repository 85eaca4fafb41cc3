"""Looking at the payloads that an event has had, and erasing them."""

from http import HTTPStatus
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries, services
from events.api.filters import ErasureInput
from events.api.representations import show_payload
from events.api.views.view import View
from events.api_key import Scope


class PayloadView(View):
    """``GET /events/{event_id}/payloads/{version}``."""

    def get(self, request: Request, event_id: str, version: str) -> Response:  # noqa: ARG002  # Django's signature
        found = queries.get_payload(event_id, int(version), tenant=self.caller.tenant)
        self.caller.check_event_type(found.event.event_type)
        return Response(show_payload(found))


class ErasureView(View):
    """``DELETE /events/{event_id}/payload``."""

    scopes: ClassVar = {"DELETE": Scope.ERASE}

    def delete(self, request: Request, event_id: str) -> Response:
        asked = ErasureInput.from_request(request)
        tenant = self.caller.tenant
        event = queries.get_event(event_id, tenant=tenant, is_known=lambda _: True)
        self.caller.check_event_type(event.event_type)
        services.erase_payload(
            event_id=event_id,
            tenant=tenant,
            actor=self.caller.actor,
            reason=asked.reason,
        )
        return Response(status=HTTPStatus.NO_CONTENT)
