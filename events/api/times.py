"""Times as clients write them: RFC 3339, with an offset."""

import re
from datetime import UTC, datetime

from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def parse_time(text: object) -> datetime:
    """Return the time in UTC, or raise the fault that pydantic reports."""
    if not isinstance(text, str):
        raise PydanticCustomError("string_type", "")
    if not _RFC_3339.fullmatch(text):
        raise PydanticCustomError("not_a_time", "It must be an RFC 3339 time with an offset.")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("not_a_time", "There is no such time.") from None
