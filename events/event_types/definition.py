"""What somebody says about an event type, before or after it is known."""

import re
from dataclasses import dataclass
from enum import StrEnum

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII)
NAME_LIMIT = 128


class Mode(StrEnum):
    """What becomes of an event whose payload does not match."""

    OFF = "off"
    WARN = "warn"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An event type as a whole; schema and example are JSON texts, None where there is none."""

    name: str
    description: str = ""
    mode: Mode = Mode.OFF
    is_deprecated: bool = False
    deprecation_note: str = ""
    replacement: str = ""
    schema_json: str | None = None
    example_json: str | None = None


def check_name(name: str) -> bool:
    """Say whether events may have a type of this name."""
    return len(name) <= NAME_LIMIT and _NAME.fullmatch(name) is not None
