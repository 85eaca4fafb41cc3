"""Looking through failures by kind."""

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.cursors import make_cursor, read_cursor
from events.api.error_groups import ErrorListInput, show_error_group
from events.api.views.view import View
from events.errors import ErrorGroupNotFound


class ErrorGroupsView(View):
    """``GET /errors``: those of the event types that the key may use."""

    def get(self, request: Request) -> Response:
        asked = ErrorListInput.from_request(request)
        event_types = self.caller.event_types
        if asked.event_type is not None:
            self.caller.check_event_type(asked.event_type)
            event_types = (asked.event_type,)
        list_name = ["errors", self.caller.tenant, asked.event_type, asked.order]
        after = None if asked.cursor is None else read_cursor(asked.cursor, of=list_name)
        page = queries.list_error_groups(
            tenants=[self.caller.tenant],
            event_types=event_types,
            order=asked.order,
            after=after,
            limit=asked.limit,
        )
        answer = {
            "errors": [show_error_group(each) for each in page.groups],
            "next": page.next_key and make_cursor(page.next_key, of=list_name),
            "is_complete": page.is_complete,
        }
        return Response(answer)


class ErrorGroupView(View):
    """``GET /errors/{fingerprint}``."""

    def get(self, request: Request, fingerprint: str) -> Response:  # noqa: ARG002  # Django's signature
        group = queries.get_error_group(fingerprint, tenant=self.caller.tenant)
        if not self.caller.may_use(group.event_type):
            raise ErrorGroupNotFound(f"There is no error group {fingerprint}.")
        return Response(show_error_group(group))
