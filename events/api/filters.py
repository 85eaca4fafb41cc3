"""What a client may ask of a list, and what is wrong with it if it is."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl

from django.core.exceptions import TooManyFieldsSent
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError
from rest_framework.request import Request

from events.api.errors import FAULTS_SHOWN, Problem
from events.api.models import FINGERPRINT_PATTERN, EventType, Name
from events.api.times import parse_time
from events.event import Status
from events.queries import EventFilter

LIMIT_DEFAULT = 50
LIMIT_MAXIMUM = 200

_KNOWN_STATUSES = ", ".join(Status)
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def _parse_status(text: object) -> Status:
    try:
        return Status(str(text))
    except ValueError:
        raise PydanticCustomError(
            "unknown_status", "It must be one of {known}.", {"known": _KNOWN_STATUSES}
        ) from None


def _parse_limit(text: object) -> object:
    if isinstance(text, str) and not _DIGITS.fullmatch(text):
        raise PydanticCustomError("not_a_number", "It must be a whole number.")
    return int(str(text))


def _parse_time(text: object) -> object:
    try:
        return parse_time(text)
    except PydanticCustomError:
        if " " in str(text):
            raise PydanticCustomError(
                "not_a_time", "It must be an RFC 3339 time; in an address, + is written %2B."
            ) from None
        raise


_KnownStatus = Annotated[Status, BeforeValidator(_parse_status)]
_Time = Annotated[Any, BeforeValidator(_parse_time)]


class QueryInput(BaseModel):
    """The parameters in the query of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def from_request(cls, request: Request) -> Self:
        """Check a request's query, or raise the problem that names every fault of it."""
        try:
            query = request.query_params
        except TooManyFieldsSent:
            raise _invalid_query([_TOO_MANY]) from None
        faults = [_repeated(name) for name in query if len(query.getlist(name)) > 1]
        faults += _find_undecodable(request.META["QUERY_STRING"])
        try:
            parsed = cls.model_validate(query.dict())
        except ValidationError as error:
            listed = error.errors(include_url=False, include_input=False)
            raise _invalid_query([*faults, *map(_fault, listed)]) from None
        faults += parsed.find_faults()
        if faults:
            raise _invalid_query(faults)
        return parsed

    def find_faults(self) -> list[dict[str, str]]:
        """Return what is wrong with parameters that are right each for itself."""
        return []


class PageInput(QueryInput):
    """What all lists that come in pages take; a list of its own adds what narrows it."""

    cursor: str | None = None
    limit: Annotated[int, BeforeValidator(_parse_limit), Field(ge=1, le=LIMIT_MAXIMUM)] = (
        LIMIT_DEFAULT
    )


class ErasureInput(QueryInput):
    """Why a payload is erased."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] = ""


class FilterInput(QueryInput):
    """Which events are meant: all that the parameters say, or all if nothing is said."""

    event_type: EventType | None = None
    status: _KnownStatus | None = None
    source: Name | None = None
    subject: Name | None = None
    received_after: _Time | None = None
    received_before: _Time | None = None
    idempotency_key: Annotated[str, Field(pattern=r"^[\x20-\x7e]{1,255}$")] | None = None
    error_fingerprint: Annotated[str, Field(pattern=FINGERPRINT_PATTERN)] | None = None

    @property
    def event_filter(self) -> EventFilter:
        return EventFilter(**self.model_dump(include=set(FilterInput.model_fields)))

    def find_faults(self) -> list[dict[str, str]]:
        after, before = self.received_after, self.received_before
        if after is None or before is None or after < before:
            return []
        message = "It must be later than received_after."
        return [{"parameter": "received_before", "code": "empty_window", "message": message}]


class ListInput(FilterInput, PageInput):
    """The parameters of a list of events."""


class ExportInput(FilterInput):
    """The parameters of an export of events."""

    format: Literal["ndjson", "cloudevents"] = "ndjson"
    cursor: str | None = None


# pydantic's name of a fault -> our stable code and sentence; what it knows more is filled in.
_FAULTS = {
    "extra_forbidden": ("unknown_parameter", "There is no such parameter."),
    "string_too_short": ("empty", "It must not be empty; leave it out instead."),
    "string_too_long": ("too_long", "It must have at most {max_length} characters."),
    "literal_error": ("unsupported", "It must be {expected}."),
    "greater_than_equal": ("out_of_range", f"It must be from 1 to {LIMIT_MAXIMUM}."),
    "less_than_equal": ("out_of_range", f"It must be from 1 to {LIMIT_MAXIMUM}."),
}
_TOO_MANY = {"parameter": "", "code": "too_many", "message": "It has too many parameters."}
_ILL_FORMED = {
    "event_type": "It must be words of A-Z, a-z, 0-9, _ and -, joined by single dots.",
    "idempotency_key": "It must be 1 to 255 printable ASCII characters.",
    "error_fingerprint": "It must be 16 hexadecimal digits.",
}


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    parameter = str(error["loc"][0])
    if error["type"] == "string_pattern_mismatch":
        code, message = "ill_formed", _ILL_FORMED[parameter]
    elif error["type"] in _FAULTS:
        code, message = _FAULTS[error["type"]]
        message = message.format(**error.get("ctx", {}))
    else:
        # Our own faults bring their sentence with them.
        code, message = error["type"], error["msg"]
    return {"parameter": parameter, "code": code, "message": message}


def _repeated(name: str) -> dict[str, str]:
    return {"parameter": name, "code": "repeated", "message": "It must be given once."}


def _find_undecodable(query_string: str) -> list[dict[str, str]]:
    """Name what is no UTF-8: Django puts a mark in its place, and nothing would be found by it."""
    message = "It must be UTF-8, percent-encoded."
    # In Latin-1 each byte is a character, so that nothing is lost before it is looked at.
    pairs = parse_qsl(query_string, keep_blank_values=True, encoding="latin-1")
    return [
        {"parameter": name, "code": "invalid_utf8", "message": message}
        for name in dict.fromkeys(
            _decode(name) for name, value in pairs if not _is_utf8(name) or not _is_utf8(value)
        )
    ]


def _is_utf8(text: str) -> bool:
    try:
        text.encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(text: str) -> str:
    return text.encode("latin-1").decode(errors="replace")


def _invalid_query(faults: list[dict[str, str]]) -> Problem:
    count = len(faults)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_query",
        f"The query has {count} fault{'s' if count > 1 else ''}.",
        errors=faults[:FAULTS_SHOWN],
    )
