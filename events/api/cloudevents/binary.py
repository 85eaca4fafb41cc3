"""CloudEvents in binary mode: attributes in headers that begin with ce-, data in the body.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from django.conf import settings

from events.api.body import read_body, too_large
from events.api.cloudevents.reading import read_cloudevent
from events.api.errors import Problem, invalid_fields
from events.api.media_types import MediaType
from events.event import NewEvent
from events.strict_json import Document, read

_PREFIX = "HTTP_CE_"
_REQUIRED = tuple(f"{_PREFIX}{name}" for name in ("SPECVERSION", "ID", "SOURCE", "TYPE"))
# Not attributes that a header may set: the body and its Content-Type do.
_NOT_IN_HEADERS = {"data", "data_base64", "datacontenttype"}
_ESCAPED = re.compile(r"\\(.)")


def is_binary(environ: Mapping[str, Any]) -> bool:
    """Say whether any of the headers is there that each CloudEvent needs."""
    return any(name in environ for name in _REQUIRED)


def read_binary(
    environ: dict[str, Any], media_type: MediaType, *, idempotency_key: str | None
) -> NewEvent:
    """Read a CloudEvent from a request, or raise the problem that names every fault of it.

    Data that is not JSON is kept as base64, as the JSON format of CloudEvents has it.
    """
    attributes = _read_attributes(environ)
    body = read_body(environ, limit=settings.BODY_LIMIT_BYTES)
    members = _read_data(body, media_type)
    texts = {name: orjson.dumps(value).decode() for name, value in attributes.items()}
    document = Document(attributes | members.value, texts | dict(members.texts))
    try:
        return read_cloudevent(document, idempotency_key=idempotency_key)
    except Problem as problem:
        raise _name_headers(problem) from None


def _read_attributes(environ: Mapping[str, Any]) -> dict[str, str]:
    names = [name for name in environ if name.startswith(_PREFIX)]
    attributes = {_attribute(name): _decode(name, environ[name]) for name in names}
    misplaced = _NOT_IN_HEADERS & attributes.keys()
    if misplaced:
        raise invalid_fields([_misplaced(name) for name in sorted(misplaced)])
    if content_type := environ.get("CONTENT_TYPE"):
        attributes["datacontenttype"] = content_type
    return attributes


def _attribute(name: str) -> str:
    return name.removeprefix(_PREFIX).lower().replace("_", "-")


def _decode(name: str, value: str) -> str:
    """Undo quotes and percent signs; what is left is UTF-8."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        # WSGI shows a header's bytes as Latin-1.
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeDecodeError:
        header = f"ce-{_attribute(name)}"
        message = "Its bytes, once percent-decoded, must be UTF-8."
        raise invalid_fields(
            [{"header": header, "code": "invalid_utf8", "message": message}]
        ) from None


def _read_data(body: bytes, media_type: MediaType) -> Document:
    """Return the member of the JSON format that holds this data; none for an empty body."""
    if not body:
        return Document({})
    if media_type.is_json:
        document = read(body, depth_limit=settings.JSON_DEPTH_LIMIT)
        return Document({"data": document.value}, {"data": body.decode()})
    encoded = base64.b64encode(body).decode()
    if len(encoded) > settings.BODY_LIMIT_BYTES:
        # Stored as text it has this size, and an item in DynamoDB has its limit.
        raise too_large(settings.BODY_LIMIT_BYTES, counted_as="as base64")
    return Document({"data_base64": encoded}, {"data_base64": f'"{encoded}"'})


def _misplaced(name: str) -> dict[str, str]:
    return {
        "header": f"ce-{name}",
        "code": "unknown_field",
        "message": "In binary mode the body is the data, and Content-Type says what it is.",
    }


def _name_headers(problem: Problem) -> Problem:
    """Tell where a fault is in words of headers, where there is no document to point into."""
    faults = problem.members.get("errors", ())
    problem.members["errors"] = [
        {"header": _header(fault["pointer"]), "code": fault["code"], "message": fault["message"]}
        for fault in faults
    ]
    return problem


def _header(pointer: str) -> str:
    name = pointer.removeprefix("/")
    return "Content-Type" if name == "datacontenttype" else f"ce-{name}"
