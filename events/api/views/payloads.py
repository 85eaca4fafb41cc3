"""Looking at the payloads that an event has had."""

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.representations import show_payload
from events.api.views.view import View


class PayloadView(View):
    """``GET /events/{event_id}/payloads/{version}``."""

    def get(self, request: Request, event_id: str, version: str) -> Response:  # noqa: ARG002  # Django's signature
        found = queries.get_payload(event_id, int(version), tenant=self.caller.tenant)
        self.caller.check_event_type(found.event.event_type)
        return Response(show_payload(found))
