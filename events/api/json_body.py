"""A request's body where it must be one JSON document, and the numbers in it."""

import re
from typing import Any

from django.conf import settings
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from events.api.body import read_body
from events.api.media_types import JSON, media_type_of, unsupported
from events.strict_json import Document, read

# To JSON Schema 7.0 is whole, too.
_WHOLE = re.compile(rb"(-?[0-9]{1,15})(?:\.0{1,15})?")


def read_json_body(environ: dict[str, Any]) -> Document:
    """Read a body of at most the limit of an event, or raise the problem that it has."""
    media_type = media_type_of(environ)
    if media_type.name != JSON or not media_type.is_utf8:
        raise unsupported((JSON,))
    body = read_body(environ, limit=settings.BODY_LIMIT_BYTES)
    return read(body, depth_limit=settings.JSON_DEPTH_LIMIT)


def whole_number(least: int, most: int) -> BeforeValidator:
    """Take a number's literal, as strict JSON has it, if it is whole and within its bounds."""

    def parse(literal: object) -> object:
        # The examples of our own description are no literals.
        text = str(literal).encode() if type(literal) is int else literal
        found = _WHOLE.fullmatch(text) if isinstance(text, bytes) else None
        if found is None:
            raise PydanticCustomError("not_a_number", "It must be a whole number.")
        number = int(found[1])
        if not least <= number <= most:
            raise PydanticCustomError(
                "out_of_range",
                "It must be from {least} to {most}.",
                {"least": least, "most": most},
            )
        return number

    return BeforeValidator(parse)
