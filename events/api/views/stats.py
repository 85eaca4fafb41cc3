"""How much there is of what."""

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.views.view import View


class StatsView(View):
    """``GET /stats``."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        return Response(queries.get_stats(tenant=self.caller.tenant))
