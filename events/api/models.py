"""What a client may send, as compiled pydantic models, and what is wrong with it if it is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from django.conf import settings
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from events import clock
from events.api.errors import Problem, invalid_fields
from events.json_fault import escape_pointer
from events.strict_json import Document

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def _parse_time(text: object) -> datetime:
    if not isinstance(text, str):
        raise PydanticCustomError("string_type", "")
    if not _RFC_3339.fullmatch(text):
        raise PydanticCustomError("not_a_time", "It must be an RFC 3339 time with an offset.")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("not_a_time", "There is no such time.") from None
    if moment > clock.now() + timedelta(days=settings.RETENTION_DAYS):
        raise PydanticCustomError(
            "beyond_retention",
            "It must lie within the {days} days that events are kept.",
            {"days": settings.RETENTION_DAYS},
        )
    return moment


Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Time = Annotated[datetime, BeforeValidator(_parse_time)]
EventType = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"),
]


class EventInput(BaseModel):
    """One event as a client posts it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    event_type: EventType
    payload: dict[str, Any]
    source: Name | None = None
    subject: Name | None = None
    process_at: Time | None = None

    @classmethod
    def from_document(cls, document: Document) -> "EventInput":
        """Check a body, or raise the problem that names every fault of it."""
        try:
            return cls.model_validate(document.value)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            raise invalid_fields([_fault(each) for each in faults]) from None


def check_idempotency_key(key: str | None) -> str | None:
    if key is None or _IDEMPOTENCY_KEY.fullmatch(key):
        return key
    raise Problem(
        HTTPStatus.BAD_REQUEST,
        "invalid_idempotency_key",
        "The header Idempotency-Key takes 1 to 255 printable ASCII characters.",
        header="Idempotency-Key",
    )


# pydantic's name of a fault -> our stable code and sentence; what it knows more is filled in.
_FAULTS = {
    "missing": ("required", "It is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("not_a_string", "It must be a string."),
    "string_too_short": ("empty", "It must not be empty."),
    "string_too_long": ("too_long", "It must have at most {max_length} characters."),
    "string_pattern_mismatch": (
        "ill_formed",
        "It must be words of A-Z, a-z, 0-9, _ and -, joined by single dots.",
    ),
    "dict_type": ("not_an_object", "It must be a JSON object."),
    "model_type": ("not_an_object", "It must be a JSON object."),
}


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    code, message = _FAULTS.get(error["type"], (error["type"], ""))
    return {
        "pointer": "".join(escape_pointer(str(step)) for step in error["loc"]),
        "code": code,
        # Our own faults, those of times, bring their sentence with them.
        "message": message.format(**error.get("ctx", {})) or error["msg"],
    }
