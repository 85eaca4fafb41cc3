"""What a body can be, by its Content-Type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from events.api.errors import Problem

JSON = "application/json"
LINES = "application/x-ndjson"
CLOUDEVENT = "application/cloudevents+json"
CLOUDEVENT_BATCH = "application/cloudevents-batch+json"

# https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
_CLOUDEVENTS = "application/cloudevents"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type, in lower case and without its parameters; they matter for texts only."""

    name: str
    is_utf8: bool

    @property
    def is_json(self) -> bool:
        """Say whether it is JSON of any kind, written in UTF-8."""
        return self.is_utf8 and self.name.endswith(("/json", "+json"))

    @property
    def is_cloudevent(self) -> bool:
        return self.name.startswith(_CLOUDEVENTS)


def media_type_of(environ: Mapping[str, Any]) -> MediaType:
    name, _, parameters = environ.get("CONTENT_TYPE", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    return MediaType(name.strip(), charset in ("", "charset=utf-8"))


def unsupported(taken: Iterable[str]) -> Problem:
    names = ", ".join(taken)
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        f"The body must be sent, in UTF-8, with one of these as its Content-Type: {names}.",
        headers={"Accept-Post": names},
    )
