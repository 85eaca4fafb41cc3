"""Event types as files: one JSON file each, in an order that git compares well."""

import json
from pathlib import Path
from typing import Any

from events.event_types.definition import Definition, Mode
from events.event_types.text import DEPTH_LIMIT, pretty
from events.strict_json import Document, InvalidJSON, read

SUFFIX = ".json"
# A member's name, what it must be, and what it is where the file does not say.
_MEMBERS: dict[str, tuple[type, Any]] = {
    "name": (str, ""),
    "description": (str, ""),
    "mode": (str, "off"),
    "deprecated": (bool, False),
    "deprecation_note": (str, ""),
    "replacement": (str, ""),
    "schema": (dict, None),
    "example": (dict, None),
}
_KINDS = {str: "a string", bool: "true or false", dict: "an object or null"}


class InvalidFile(ValueError):
    """A file that is no event type; the message names it and says why."""


def read_file(path: Path) -> Definition:
    """Read one event type; what the file leaves out is as for a new one. Raises InvalidFile."""
    try:
        document = read(path.read_bytes(), depth_limit=DEPTH_LIMIT + 1)
    except InvalidJSON as error:
        place = f"line {error.line}, column {error.column}"
        raise InvalidFile(f"{path.name}: {error.message} ({place})") from None
    if not isinstance(document.value, dict):
        raise InvalidFile(f"{path.name}: it must be a JSON object.")
    members = {name: _member(document, name, path) for name in _MEMBERS}
    _refuse_others(document, path)
    if members["name"] != path.name.removesuffix(SUFFIX):
        raise InvalidFile(f"{path.name}: its name is {members['name']!r}; they must agree.")
    return Definition(
        name=members["name"],
        description=members["description"],
        mode=Mode(members["mode"]),
        is_deprecated=members["deprecated"],
        deprecation_note=members["deprecation_note"],
        replacement=members["replacement"],
        schema_json=_text(document, "schema"),
        example_json=_text(document, "example"),
    )


def write_file(definition: Definition) -> str:
    """Return the text of an event type's file."""
    members = {
        "name": json.dumps(definition.name),
        "description": json.dumps(definition.description, ensure_ascii=False),
        "mode": json.dumps(definition.mode.value),
        "deprecated": json.dumps(definition.is_deprecated),
        "deprecation_note": json.dumps(definition.deprecation_note, ensure_ascii=False),
        "replacement": json.dumps(definition.replacement),
        "schema": definition.schema_json or "null",
        "example": definition.example_json or "null",
    }
    text = ",".join(f'"{name}":{value}' for name, value in members.items())
    return pretty(f"{{{text}}}", depth_limit=DEPTH_LIMIT + 1) + "\n"


def _member(document: Document, name: str, path: Path) -> Any:
    kind, otherwise = _MEMBERS[name]
    value = document.value.get(name, otherwise)
    if not isinstance(value, kind) and not (kind is dict and value is None):
        raise InvalidFile(f"{path.name}: {name} must be {_KINDS[kind]}.")
    if name == "mode" and value not in list(Mode):
        raise InvalidFile(f"{path.name}: mode is {', '.join(Mode)}, not {value!r}.")
    return value


def _refuse_others(document: Document, path: Path) -> None:
    unknown = sorted(document.value.keys() - _MEMBERS.keys())
    if unknown:
        raise InvalidFile(f"{path.name}: there is no member {unknown[0]!r}.")


def _text(document: Document, name: str) -> str | None:
    return None if document.value.get(name) is None else document.texts[name]
