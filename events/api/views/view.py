"""What all addresses of the API share."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from structlog.contextvars import bind_contextvars

from events.api.caller import Caller, identify
from events.api_key import Scope

_READING = {"GET", "HEAD"}


class View(APIView):
    """What all addresses share: who asks is known and may, and answers are not to be cached.

    A request leaves no cycles behind: they would keep it, and its body, until Python looks for
    garbage, thousands of requests later.
    """

    # Whoever forgets to say what a view needs has a view that needs a key.
    is_public = False
    # By method, where it is not events:read for reading and events:write for all else.
    scopes: ClassVar[Mapping[str, Scope]] = {}
    caller: Caller
    head: Callable[..., HttpResponse]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Django would bind it to each view: a cycle.
        if "get" in vars(cls) and "head" not in vars(cls):
            cls.head = vars(cls)["get"]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        initialized = super().initialize_request(request, *args, **kwargs)
        # It is for DRF's parsers, which read no body here, and leads back to the request: a cycle.
        initialized.parser_context = {}
        return initialized

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # A browser asks by OPTIONS before it may send a key.
        if not self.is_public and request.method != "OPTIONS":
            self.caller = identify(request.META)
            bind_contextvars(tenant=self.caller.tenant)
            if "event_id" in kwargs:
                bind_contextvars(event_id=kwargs["event_id"])
            self.caller.require(self._scope_of(str(request.method)))
        super().initial(request, *args, **kwargs)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(answer, Response):
            answer.add_post_render_callback(_forget_context)
        caller = getattr(self, "caller", None)
        if caller is not None and caller.limit is not None:
            for name, text in caller.limit_headers().items():
                answer[name] = text
        return answer

    def _scope_of(self, method: str) -> Scope:
        usual = Scope.READ if method in _READING else Scope.WRITE
        return self.scopes.get(method, usual)

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


def _forget_context(response: Response) -> None:
    """Cut the cycle that rendering makes: the context leads back to its answer and the view."""
    response.renderer_context.clear()  # type: ignore[attr-defined]  # its stubs lack it
