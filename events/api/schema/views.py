"""``GET /schema`` and ``GET /docs``: the API's description, for programs and for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from events.api.schema import document
from events.api.views.view import View

# All that the page needs comes from this host, and no script stands in the page itself.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SchemaView(View):
    """``GET /schema``: JSON, or YAML for who accepts it."""

    is_public = True

    def get(self, request: Request) -> HttpResponse:
        if "yaml" in request.META.get("HTTP_ACCEPT", "").lower():
            answer = HttpResponse(document.as_yaml(), "application/yaml")
        else:
            answer = HttpResponse(document.as_json(), "application/json")
        answer.headers["Vary"] = "Accept"
        return answer


class DocsView(View):
    """``GET /docs``: the same in a browser."""

    is_public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        answer = render(request, "events/docs.html")
        answer.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        return answer
