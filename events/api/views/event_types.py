"""Looking at event types."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.event_types import show_event_type, show_event_type_row
from events.api.views.view import View
from events.errors import EventTypeNotFound, Retryable


class EventTypesView(View):
    """``GET /event-types``: those that the key may use."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        records = [
            record for record in queries.list_event_types() if self.caller.may_use(record.name)
        ]
        would_be = _would_be_rejections(self.caller.tenant)
        rows = [show_event_type_row(record, would_be) for record in records]
        return Response({"event_types": rows})


class EventTypeView(View):
    """``GET /event-types/{name}``."""

    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002  # Django's signature
        self.caller.check_event_type(name)
        record = queries.find_event_type(name)
        if record is None:
            raise EventTypeNotFound(f"There is no event type {name}.")
        return Response(show_event_type(record, _would_be_rejections(self.caller.tenant)))


def _would_be_rejections(tenant: str) -> Mapping[str, Any] | None:
    try:
        return queries.get_would_be_rejections(tenant=tenant)
    except Retryable:
        # The schemas are at hand all the same; null says that this is not.
        return None
