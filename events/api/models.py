"""What a client may send, as compiled pydantic models, and what is wrong with it if it is."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from django.conf import settings
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    SkipValidation,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from events import clock
from events.api.errors import Problem, invalid_fields
from events.api.times import parse_time
from events.event import NewEvent
from events.json_fault import escape_pointer
from events.strict_json import Document, JSONValue

BATCH_LIMIT_EVENTS = 1_000

# What tells failures of one kind from others.
FINGERPRINT_PATTERN = r"^[0-9a-f]{16}$"
# The names that CloudEvents give their attributes.
EXTENSION_PATTERN = r"^[a-z0-9]+$"
_IDEMPOTENCY_KEY_PATTERN = r"^[\x20-\x7e]*$"
_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")


def _parse_time(text: object) -> datetime:
    moment = parse_time(text)
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
IdempotencyKey = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=_IDEMPOTENCY_KEY_PATTERN)
]
# Each entry is checked by itself: its faults are its own.
Batch = Annotated[list[SkipValidation[Item]], Field(min_length=1, max_length=BATCH_LIMIT_EVENTS)]


class EventInput(BaseModel):
    """One event as a client posts it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    event_type: EventType
    payload: dict[str, Any]
    source: Name | None = None
    subject: Name | None = None
    process_at: Time | None = None


class EntryInput(EventInput):
    """One event of a batch; its idempotency key is what a request's header is to a single one."""

    idempotency_key: IdempotencyKey | None = None


class BatchInput(BaseModel):
    """Many events as a client posts them."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    events: Batch[EntryInput]


class LinesInput(RootModel[Batch[EntryInput]]):
    """Many events, one per line."""

    model_config = ConfigDict(strict=True, frozen=True)


def read_event(document: Document, *, idempotency_key: str | None) -> NewEvent:
    """Check an event, or raise the problem that names every fault of it."""
    return _new_event(validate(EventInput, document.value), document, idempotency_key)


def read_entry(document: Document) -> NewEvent:
    """Do the same for an event of a batch."""
    entry = validate(EntryInput, document.value)
    return _new_event(entry, document, entry.idempotency_key)


def _new_event(event: EventInput, document: Document, idempotency_key: str | None) -> NewEvent:
    return NewEvent(
        event_type=event.event_type,
        payload_json=document.texts["payload"],
        source=event.source,
        subject=event.subject,
        process_at=event.process_at,
        idempotency_key=idempotency_key,
    )


def validate(model: type[Model], value: JSONValue, *, noun: str = "event") -> Model:
    """Return a strictly read value as a model, or raise the problem that names its faults."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise invalid_fields([_fault(each) for each in faults], noun=noun) from None


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
    "literal_error": ("unsupported", "It must be {expected}."),
    "dict_type": ("not_an_object", "It must be a JSON object."),
    "model_type": ("not_an_object", "It must be a JSON object."),
    "list_type": ("not_an_array", "It must be a JSON array."),
    "too_short": ("empty", "It must not be empty."),
    "too_long": ("too_many", "It must have at most {max_length} entries."),
}
_SENTENCES_OF_PATTERNS = {
    _IDEMPOTENCY_KEY_PATTERN: "It must be printable ASCII characters.",
    FINGERPRINT_PATTERN: "It must be 16 hexadecimal digits.",
    EXTENSION_PATTERN: "A CloudEvent's attribute has a name of a-z and 0-9.",
}


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    code, message = _FAULTS.get(error["type"], (error["type"], ""))
    context = error.get("ctx", {})
    return {
        "pointer": "".join(escape_pointer(str(step)) for step in error["loc"]),
        "code": code,
        # Our own faults, those of times, bring their sentence with them.
        "message": _SENTENCES_OF_PATTERNS.get(context.get("pattern"))
        or message.format(**context)
        or error["msg"],
    }
