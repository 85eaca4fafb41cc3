"""As much PartiQL as the platform writes: one item inserted, updated or deleted by its key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = Mapping[str, Any]
Path = tuple[str, ...]

_NAME = r'"[^"]+"'
_PATH = rf"{_NAME}(?:\.{_NAME})*"
_INSERT = re.compile(rf"INSERT INTO ({_NAME}) VALUE \{{(.*)\}}")
_UPDATE = re.compile(rf"UPDATE ({_NAME}) (.+) WHERE (.+?)(?: RETURNING (ALL NEW) \*)?")
_DELETE = re.compile(rf"DELETE FROM ({_NAME}) WHERE (.+)")  # noqa: S608  # it reads, it builds none
_FIELD = re.compile(r"'([^']+)': \?")
_CHANGE = re.compile(rf"SET ({_PATH}) = (?:\?|({_PATH}) \+ (\d+))|REMOVE ({_PATH})")
_CLAUSE = re.compile(rf"({_PATH}) (=|<=|<>) \?")


class NotUnderstood(Exception):
    """The statement has a shape that the store never wrote before: teach it here."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of a WHERE."""

    path: Path
    operator: str
    value: Value


@dataclass(slots=True)
class Write:
    """A parsed statement; ``item`` is an INSERT's, everything else an UPDATE's or a DELETE's."""

    action: str
    table: str
    item: dict[str, Value] = field(default_factory=dict)
    sets: dict[Path, Value] = field(default_factory=dict)
    increments: dict[Path, int] = field(default_factory=dict)
    removes: list[Path] = field(default_factory=list)
    where: list[Clause] = field(default_factory=list)
    returns_item: bool = False


def parse(text: str, parameters: Sequence[Value]) -> Write:
    """Read a statement and fill in its parameters; raises NotUnderstood."""
    left = iter(parameters)
    try:
        write = _parse(text, left)
    except StopIteration:
        raise NotUnderstood(f"too few parameters: {text}") from None
    if next(left, None) is not None:
        raise NotUnderstood(f"too many parameters: {text}")
    return write


def _parse(text: str, parameters: Iterator[Value]) -> Write:
    if found := _INSERT.fullmatch(text):
        table, fields = found.groups()
        item = {each.group(1): next(parameters) for each in _all(_FIELD, fields, ", ")}
        return Write("INSERT", _bare(table), item=item)
    if found := _UPDATE.fullmatch(text):
        table, changes, where, returning = found.groups()
        write = Write("UPDATE", _bare(table), returns_item=returning is not None)
        for change in _all(_CHANGE, changes, " "):
            _add_change(write, change, parameters)
        write.where = _parse_where(where, parameters)
        return write
    if found := _DELETE.fullmatch(text):
        table, where = found.groups()
        return Write("DELETE", _bare(table), where=_parse_where(where, parameters))
    raise NotUnderstood(text)


def _add_change(write: Write, change: re.Match[str], parameters: Iterator[Value]) -> None:
    target, counted, step, removed = change.groups()
    if removed:
        write.removes.append(_path(removed))
    elif not counted:
        write.sets[_path(target)] = next(parameters)
    elif counted == target:
        write.increments[_path(target)] = int(step)
    else:
        raise NotUnderstood(change.group())


def _parse_where(text: str, parameters: Iterator[Value]) -> list[Clause]:
    return [
        Clause(_path(each.group(1)), each.group(2), next(parameters))
        for each in _all(_CLAUSE, text, " AND ")
    ]


def _all(pattern: re.Pattern[str], text: str, separator: str) -> Iterator[re.Match[str]]:
    """Yield every match of a list; raises NotUnderstood where something else stands."""
    position = 0
    while found := pattern.match(text, position):
        yield found
        position = found.end()
        if position == len(text):
            return
        if not text.startswith(separator, position):
            break
        position += len(separator)
    raise NotUnderstood(text[position:])


def _path(text: str) -> Path:
    return tuple(_bare(name) for name in re.findall(_NAME, text))


def _bare(name: str) -> str:
    return name.strip('"')
