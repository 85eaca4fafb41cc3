"""Many JSON values in one body: an array's entries, or lines, each read strictly by itself.

What is wrong inside one entry is that entry's own fault; a body whose entries cannot be told from
each other is refused whole.
"""

import json
import re
from dataclasses import dataclass

from events.json_fault import InvalidJSON, find_fault
from events.strict_json import (
    Document,
    JSONValue,
    after_space,
    expect_end,
    holds_lone_surrogate,
    is_deeper,
    read,
    read_value,
    scan,
)

# What stands around an entry: its array, and an object around that.
_LEVELS_AROUND = 2
# Who looks exactly takes a second for each megabyte, be it one text or many entries.
_EXPLAINED_BYTES = 262_144
_LINE = re.compile(rb"[^\n]+")


class TooManyEntries(Exception):
    """There are more entries than wanted; what follows was not read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was read, or what is wrong with it; ``line`` is that of a body of lines."""

    content: Document | InvalidJSON
    size_bytes: int
    line: int | None = None


def read_array(body: bytes, *, depth_limit: int, most: int) -> JSONValue:
    """Read an array, or an object of them, as lists of ``Entry``; any other value as it is.

    The depth is counted within each entry. Raises ``InvalidJSON`` if the body is not JSON, and
    TooManyEntries.
    """
    try:
        return _ArrayReader(body.decode(), depth_limit=depth_limit, most=most).read()
    except (ValueError, StopIteration, RecursionError):
        raise _explain(body, depth_limit=depth_limit + _LEVELS_AROUND) from None


def read_lines(body: bytes, *, depth_limit: int, most: int) -> list[Entry]:
    """Read one value per line, blank lines left out; raises TooManyEntries."""
    entries: list[Entry] = []
    explainer = _Explainer()
    number, position = 1, 0
    for match in _LINE.finditer(body):
        number += body.count(b"\n", position, match.start())
        position = match.start()
        line = match[0].strip(b" \t\r")
        if line:
            _expect_room(entries, most)
            entries.append(Entry(_read_line(line, depth_limit, explainer), len(line), number))
    return entries


def _explain(body: bytes, *, depth_limit: int) -> InvalidJSON:
    """Find what is wrong with a body as a whole: exactly if it is small, at once if it is large."""
    fault = None
    if len(body) > _EXPLAINED_BYTES:
        fault = _explain_syntax(body)
    return fault or find_fault(body, depth_limit=depth_limit) or _NOT_JSON


def _explain_syntax(body: bytes) -> InvalidJSON | None:
    try:
        _LOOSE.decode(body.decode())
    except json.JSONDecodeError as error:
        message = f"{error.msg}."
        return InvalidJSON("malformed_json", message, line=error.lineno, column=error.colno)
    except (UnicodeDecodeError, RecursionError):
        # Both are found soon by who looks exactly.
        return None
    return None


class _Explainer:
    """Says exactly what is wrong with the first entries, and that something is with the others."""

    def __init__(self) -> None:
        self._left_bytes = _EXPLAINED_BYTES

    def __call__(self, body: bytes, *, depth_limit: int) -> InvalidJSON | None:
        if len(body) > self._left_bytes:
            return _NOT_EXPLAINED
        self._left_bytes -= len(body)
        return find_fault(body, depth_limit=depth_limit)


def _read_line(line: bytes, depth_limit: int, explainer: _Explainer) -> Document | InvalidJSON:
    try:
        return read(line, depth_limit=depth_limit, explain=explainer)
    except InvalidJSON as fault:
        return fault


def _expect_room(entries: list[Entry], most: int) -> None:
    if len(entries) == most:
        raise TooManyEntries


class _ArrayReader:
    """Reads one text; its ValueError says that this is not JSON, and not why."""

    def __init__(self, text: str, *, depth_limit: int, most: int) -> None:
        self._text = text
        self._depth_limit = depth_limit
        self._most = most
        self._explain = _Explainer()
        self._holds_lone_surrogate = holds_lone_surrogate(text)

    def read(self) -> JSONValue:
        text, start = self._text, after_space(self._text, 0)
        if text[start : start + 1] == "[":
            value, end = self._scan(text, start)
        else:
            document, end = read_value(text, start, scan_member=self._scan)
            value = document.value
        expect_end(text, end)
        return value

    def _scan(self, text: str, start: int) -> tuple[JSONValue, int]:
        if text[start : start + 1] != "[":
            return scan(text, start)
        entries: list[Entry] = []
        position = after_space(text, start + 1)
        if text[position : position + 1] == "]":
            return entries, position + 1
        while True:
            _expect_room(entries, self._most)
            entry, end = self._read_entry(position)
            entries.append(entry)
            position = after_space(text, end)
            separator = text[position : position + 1]
            if separator == "]":
                return entries, position + 1
            if separator != ",":
                raise ValueError("an entry ends with a comma or the array's end")
            position = after_space(text, position + 1)

    def _read_entry(self, start: int) -> tuple[Entry, int]:
        content: Document | InvalidJSON | None
        try:
            content, end = read_value(self._text, start)
        except (ValueError, StopIteration):
            # Raises again unless it is JSON, only not strict: then it is known where it ends.
            content, (_, end) = None, _scan_loosely(self._text, start)
        piece = self._text[start:end]
        size_bytes = len(piece) if piece.isascii() else len(piece.encode())
        if content is None or self._is_suspect(piece):
            fault = self._explain(piece.encode(), depth_limit=self._depth_limit)
            content = fault or content or _NOT_JSON
        return Entry(content, size_bytes), end

    def _is_suspect(self, piece: str) -> bool:
        is_deep = is_deeper(piece, self._depth_limit)
        return is_deep or (self._holds_lone_surrogate and holds_lone_surrogate(piece))


_NOT_JSON = InvalidJSON("malformed_json", "This is not JSON.", line=1, column=1)
_NOT_EXPLAINED = InvalidJSON(
    "malformed_json",
    "This is not strict JSON: it may hold a key twice, NaN, half of a character, or be nested too "
    "deep. Too much of the body is wrong to say where: send the entry alone to be told.",
    line=1,
    column=1,
)
# Takes duplicate keys, NaN and Infinity; numbers stay texts, since making them could take long.
_LOOSE = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_scan_loosely = _LOOSE.scan_once  # type: ignore[attr-defined]  # not in the stubs
