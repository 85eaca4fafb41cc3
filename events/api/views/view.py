"""What all addresses of the API share."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events.api.caller import Caller, identify


class View(APIView):
    """What all addresses share: who asks is known, and answers are not to be cached."""

    caller: Caller

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.caller = identify(request.META)
        super().initial(request, *args, **kwargs)

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
