"""A compiled JSON Schema, draft 2020-12, and what is wrong with a payload that does not match."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema_rs
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationErrorKind

from events.event_types.long_numbers import (
    find_schemas_long_number,
    find_unfit_numbers,
    may_hold_long_numbers,
)
from events.event_types.outline import InvalidSchema, Outline, outline
from events.event_types.text import DEPTH_LIMIT
from events.json_fault import escape_pointer
from events.strict_json import InvalidJSON, read

__all__ = ["Fault", "InvalidSchema", "Schema", "compile_schema"]

SCHEMA_LIMIT_BYTES = 65_536
# An engine without backtracking: it takes time in proportion to the text, whatever the pattern.
PATTERNS = RegexOptions(size_limit=1_000_000)
# Other threads wait while faults are told.
_EXPLAINED_MICROSECONDS = 300_000
_PAYLOAD_DEPTH_LIMIT = 1_000
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")

Fault = dict[str, str]

# Decimals keep each digit; the integers of Python do anyway.
_decode = json.JSONDecoder(parse_float=Decimal).decode


class Schema:
    """A schema made ready; any number of threads may use it at once."""

    def __init__(
        self, validator: Draft202012Validator, outline: Outline, *, compares_long_numbers: bool
    ) -> None:
        self._validator = validator
        self._outline = outline
        self._are_compared = outline.has_unique_items or compares_long_numbers

    def find_faults(self, payload_json: str) -> list[Fault]:
        """Return what is wrong with a strictly read JSON text.

        Pointers begin at the payload. Messages hold no values of it.
        """
        unfit = find_unfit_numbers(
            payload_json,
            are_compared=self._are_compared,
            depth_limit=_PAYLOAD_DEPTH_LIMIT,
        )
        if unfit:
            return unfit
        payload = _decode(payload_json)
        if self._validator.is_valid(payload):
            return []
        if not self._may_be_explained(payload):
            return [_too_large()]
        errors = self._validator.iter_errors(payload)
        return [fault for error in errors for fault in _faults_of(error)]

    def _may_be_explained(self, payload: Any) -> bool:
        """Say whether every fault can be told in a bounded time."""
        values, depth = _measure(payload)
        estimate = self._outline.estimate_microseconds(values=values, depth=depth)
        return estimate <= _EXPLAINED_MICROSECONDS


def compile_schema(text: str) -> Schema:
    """Make a schema ready, or raise InvalidSchema; nothing is ever fetched for it."""
    if len(text.encode()) > SCHEMA_LIMIT_BYTES:
        raise InvalidSchema("", f"It is larger than {SCHEMA_LIMIT_BYTES} bytes.")
    try:
        value = read(text.encode(), depth_limit=DEPTH_LIMIT).value
    except InvalidJSON as error:
        place = f"line {error.line}, column {error.column}"
        raise InvalidSchema(error.pointer, f"{error.message} ({place})") from None
    if not isinstance(value, dict):
        raise InvalidSchema("", "It must be a JSON object.")
    long_number = find_schemas_long_number(value)
    if long_number is not None:
        raise InvalidSchema(long_number, "The number is too long: at most 100 digits, written out.")
    outlined = outline(value)
    try:
        validator = Draft202012Validator(
            text,
            mask="the value",
            offline=True,
            pattern_options=PATTERNS,
            # Without this, `format` would be a remark.
            validate_formats=True,
            ignore_unknown_formats=False,
        )
    except jsonschema_rs.ValidationError as error:
        raise InvalidSchema(_pointer(error.instance_path), _reason(error)) from None
    except ValueError as error:
        raise InvalidSchema("", str(error)) from None
    return Schema(validator, outlined, compares_long_numbers=may_hold_long_numbers(text))


def _reason(error: jsonschema_rs.ValidationError) -> str:
    match error.kind:
        case ValidationErrorKind.AnyOf():
            # Of what a schema itself is made of, only "type" can be two things.
            return f"It takes one or a list of {', '.join(_TYPES)}."
        case ValidationErrorKind.Format(format="regex"):
            return (
                "It is no regular expression of ours, which have neither look-around nor "
                "back-references and do not repeat without measure."
            )
    return _sentence(error.message)


def _measure(value: Any) -> tuple[int, int]:
    """Return how many values there are in a value, itself included, and how deep they lie."""
    if not isinstance(value, (dict, list)) or not value:
        return 1, 0
    below = [_measure(each) for each in (value.values() if isinstance(value, dict) else value)]
    return 1 + sum(count for count, _ in below), 1 + max(depth for _, depth in below)


def _faults_of(error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
    """Yield a fault for each member that is missing or not known, or one for the value."""
    pointer, keyword = _pointer(error.instance_path), error.kind.name
    match error.kind:
        case ValidationErrorKind.Required(property=name):
            yield _fault(pointer + escape_pointer(name), keyword, "It is required.")
        case (
            ValidationErrorKind.AdditionalProperties(unexpected=names)
            | ValidationErrorKind.UnevaluatedProperties(unexpected=names)
        ):
            for name in names:
                yield _fault(pointer + escape_pointer(name), keyword, "There is no such field.")
        case ValidationErrorKind.FalseSchema():
            yield _fault(pointer, keyword, "Nothing is allowed here.")
        case _:
            yield _fault(pointer, keyword, _sentence(error.message))


def _fault(pointer: str, code: str, message: str) -> Fault:
    return {"pointer": pointer, "code": code, "message": message}


def _too_large() -> Fault:
    message = "It does not match the schema, and is too large to say where."
    return _fault("", "schema", message)


def _pointer(steps: list[str | int]) -> str:
    return "".join(escape_pointer(str(step)) for step in steps)


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."
