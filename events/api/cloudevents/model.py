"""A CloudEvent in the JSON format, as a compiled pydantic model.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import binascii
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    RootModel,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from events.api.models import EXTENSION_PATTERN, Batch, EventType, Name
from events.api.times import parse_time

_LARGEST_INTEGER = 2_147_483_647
_INTEGER = re.compile(rb"-?[0-9]{1,10}")


def _check_time(text: str) -> str:
    parse_time(text)
    return text


def _check_base64(text: str) -> str:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise PydanticCustomError("not_base64", "It must be base64, padded.") from None
    return text


def _check_extension(value: object) -> object:
    if value is None or isinstance(value, (str, bool)):
        return value
    # The strict reader leaves a number as the bytes of its literal.
    if isinstance(value, bytes) and _is_integer(value):
        return value
    raise PydanticCustomError(
        "not_an_attribute", "It must be a string, a boolean or an integer of 32 bits."
    )


def _is_integer(literal: bytes) -> bool:
    is_short = _INTEGER.fullmatch(literal) is not None
    return is_short and -_LARGEST_INTEGER - 1 <= int(literal) <= _LARGEST_INTEGER


Extension = Annotated[
    Any,
    AfterValidator(_check_extension),
    WithJsonSchema(
        {
            "type": ["string", "boolean", "integer", "null"],
            "minimum": -_LARGEST_INTEGER - 1,
            "maximum": _LARGEST_INTEGER,
        }
    ),
]


Time = Annotated[
    str, AfterValidator(_check_time), WithJsonSchema({"type": "string", "format": "date-time"})
]
Base64 = Annotated[
    str,
    AfterValidator(_check_base64),
    WithJsonSchema({"type": "string", "format": "byte", "contentEncoding": "base64"}),
]
# What the types of the members cannot say.
_DESCRIPTION: dict[str, Any] = {
    "propertyNames": {"pattern": "^([a-z0-9]+|data_base64)$"},
    "not": {"required": ["data", "data_base64"], "properties": {"data_base64": {"type": "string"}}},
}


class CloudEventInput(BaseModel):
    """One CloudEvent; members that are not listed are its extension attributes."""

    model_config = ConfigDict(
        strict=True, extra="allow", frozen=True, json_schema_extra=_DESCRIPTION
    )
    __pydantic_extra__: dict[
        Annotated[str, StringConstraints(pattern=EXTENSION_PATTERN)], Extension
    ]

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: EventType
    subject: Name | None = None
    time: Time | None = None
    datacontenttype: Name | None = None
    dataschema: Annotated[str, StringConstraints(min_length=1, max_length=2_048)] | None = None
    data: Any = None
    data_base64: Base64 | None = None


class CloudEventBatchInput(RootModel[Batch[CloudEventInput]]):
    """Many CloudEvents, in the JSON batch format."""

    model_config = ConfigDict(strict=True, frozen=True)
