"""JSON read strictly: whatever two readers could understand differently is refused.

Refused are invalid UTF-8, a byte order mark, NaN and Infinity, duplicate keys, lone surrogates
and nesting past a limit. Numbers are never converted, so no digit is lost or added.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # C function, not in the stubs
from json.encoder import encode_basestring
from typing import Any, Protocol, TypeAlias

from events.json_fault import InvalidJSON, find_fault

__all__ = ["Document", "InvalidJSON", "JSONValue", "canonical", "read"]

# dict, list, str, bool, None, and for a number the bytes of its literal: the one type that JSON
# has no other use for. (mypy takes no recursive alias together with the values of json.)
JSONValue: TypeAlias = Any
# Reads the value that begins at a place; returns it and where it ends, or raises ValueError.
Scan: TypeAlias = Callable[[str, int], tuple[JSONValue, int]]


class Explain(Protocol):
    """Says what is wrong with a text, as ``find_fault`` does."""

    def __call__(self, body: bytes, *, depth_limit: int) -> InvalidJSON | None: ...


_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_ALL_BUT_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
_CURLY_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(rf"{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}")


@dataclass(frozen=True, slots=True)
class Document:
    """A strictly read text: its value and, of an object, each member's own text."""

    value: JSONValue
    texts: Mapping[str, str] = field(default_factory=dict)


def read(body: bytes, *, depth_limit: int, explain: Explain = find_fault) -> Document:
    """Read a text or raise ``InvalidJSON`` with the place of its first fault.

    The fast reader only says yes or no; a no is explained by a slower one that reads again.
    """
    try:
        text = body.decode()
        document = _read_document(text)
        is_suspect = is_deeper(text, depth_limit) or holds_lone_surrogate(text)
    except (ValueError, StopIteration, RecursionError):
        raise (
            explain(body, depth_limit=depth_limit)
            or InvalidJSON("malformed_json", "The text is not JSON.", line=1, column=1)
        ) from None
    if is_suspect and (fault := explain(body, depth_limit=depth_limit)):
        raise fault
    return document


def canonical(text: str) -> str:
    """Write a text that ``read`` took in the one way that all its spellings share.

    Keys are sorted and white space is gone; numbers stay as written, so 1 and 1.0 differ.
    """
    return _write(_read_document(text).value)


def _read_document(text: str) -> Document:
    document, end = read_value(text, after_space(text, 0))
    expect_end(text, end)
    return document


def read_value(text: str, start: int, *, scan_member: Scan | None = None) -> tuple[Document, int]:
    """Do what ``scan`` does, and keep the text of each of an object's members."""
    if text[start : start + 1] == "{":
        return _read_members(text, start + 1, scan_member or scan)
    value, end = scan(text, start)
    return Document(value), end


def _read_members(text: str, position: int, scan_member: Scan) -> tuple[Document, int]:
    """Read an object member by member, to keep the text of each."""
    values: dict[str, JSONValue] = {}
    texts: dict[str, str] = {}
    position = after_space(text, position)
    separator = text[position : position + 1]
    if separator == "}":
        return Document(values, texts), position + 1
    while True:
        if text[position : position + 1] != '"':
            raise ValueError("a member begins with its key")
        key, position = scanstring(text, position + 1, True)  # noqa: FBT003, RUF100  # C function
        position = after_space(text, position)
        if text[position : position + 1] != ":" or key in values:
            raise ValueError("no colon after a key, or a key that came before")
        start = after_space(text, position + 1)
        values[key], end = scan_member(text, start)
        texts[key] = text[start:end]
        position = after_space(text, end)
        separator = text[position : position + 1]
        if separator == "}":
            return Document(values, texts), position + 1
        if separator != ",":
            raise ValueError("a member ends with a comma or the object's end")
        position = after_space(text, position + 1)


def after_space(text: str, position: int) -> int:
    return _SPACE.match(text, position).end()  # type: ignore[union-attr]  # it always matches


def expect_end(text: str, position: int) -> None:
    if after_space(text, position) != len(text):
        raise ValueError("text after the value")


def _unique_keys(pairs: list[tuple[str, JSONValue]]) -> dict[str, JSONValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key came twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# All callbacks but the two above are C functions; str.encode keeps a number's literal as bytes.
scan: Scan = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_int=str.encode,
    parse_float=str.encode,
    parse_constant=_refuse_constant,
).scan_once  # type: ignore[attr-defined]  # not in the stubs either


def is_deeper(text: str, depth_limit: int) -> bool:
    """Say whether a valid text nests deeper, at the speed of ``replace`` and without recursion."""
    if text.count("[") + text.count("{") <= depth_limit:
        return False
    brackets = _STRING.sub("", text).encode().translate(_CURLY_AS_SQUARE, _ALL_BUT_BRACKETS)
    for _ in range(depth_limit):
        # Each pass takes the innermost level away.
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def holds_lone_surrogate(text: str) -> bool:
    """Say whether a valid text has an escape that is half of a surrogate pair."""
    if "\\ud" not in text and "\\uD" not in text:
        return False
    # An escaped backslash begins no other escape, and stands between two.
    return _LONE_SURROGATE.search(text.replace("\\\\", "__")) is not None


def _write(value: JSONValue) -> str:
    # The depth was limited when the text was first read, so recursion is safe here.
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        members = (f"{encode_basestring(key)}:{_write(value[key])}" for key in sorted(value))
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_write, value))}]"
    return "null" if value is None else "true" if value else "false"
