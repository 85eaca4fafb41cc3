"""Looking through events, newest first."""

from dataclasses import replace

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.cursors import make_cursor, read_cursor
from events.api.filters import ListInput
from events.api.representations import show_row
from events.api.views.view import View


class ListingView(View):
    """``GET /events``."""

    def get(self, request: Request) -> Response:
        asked = ListInput.from_request(request)
        event_filter, tenant = asked.event_filter, self.caller.tenant
        if event_filter.event_type is not None:
            self.caller.check_event_type(event_filter.event_type)
        list_name = [tenant, event_filter.to_dict()]
        before = None
        if asked.cursor is not None:
            before = read_cursor(asked.cursor, of=list_name)
        page = queries.list_events(
            tenants=[tenant],
            event_filter=replace(event_filter, event_types=self.caller.event_types),
            before=before,
            limit=asked.limit,
        )
        next_cursor = page.next_key and make_cursor(page.next_key, of=list_name)
        return Response({"events": [show_row(each) for each in page.events], "next": next_cursor})
