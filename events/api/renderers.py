"""How answers become bytes: always JSON, whatever the client says it takes."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    """Renders with orjson, which embeds ``orjson.Fragment`` texts untouched."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # DRF's signature
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class AlwaysJSON(BaseContentNegotiation):
    """Chooses the one renderer: there is no other answer to negotiate about."""

    def select_parser(
        self,
        request: Request,  # noqa: ARG002  # DRF's signature
        parsers: Iterable[BaseParser],  # noqa: ARG002  # DRF's signature
    ) -> BaseParser | None:
        return None

    def select_renderer(
        self,
        request: HttpRequest | Request,  # noqa: ARG002  # DRF's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002  # DRF's signature
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
