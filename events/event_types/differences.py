"""Where a schema takes less than the one before it, in words, for people to look at.

This only names what differs; whether anything is refused is decided elsewhere.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from events.json_fault import escape_pointer

_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Of these any change may take something away.
_OTHERS = (
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "patternProperties",
    "propertyNames",
    "multipleOf",
    "pattern",
    "format",
    "uniqueItems",
)
_SHOWN = 5


class Difference(NamedTuple):
    """Something that a new schema takes away; the pointer is into the new one."""

    pointer: str
    message: str


_Node = dict[str, Any]


def differences(old: str, new: str) -> Iterator[Difference]:
    """Yield what a new schema takes away, as far as that can be told by looking."""
    yield from _compare(_read(old), _read(new), "")


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _compare(old: Any, new: Any, pointer: str) -> Iterator[Difference]:
    if old == new or old is False or new is True:
        return
    if new is False:
        yield Difference(pointer, "nothing is taken here any more")
        return
    before = old if isinstance(old, dict) else {}
    for compare in (_types, _values, _bounds, _required, _properties, _rest_of_object, _others):
        yield from compare(before, new, pointer)
    yield from _below(before, new, pointer)


def _types(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    lost = _types_of(old) - _types_of(new)
    if lost:
        names = ", ".join(name for name in _TYPES if name in lost)
        yield Difference(f"{pointer}/type", f"no longer takes {names}")


def _types_of(node: _Node) -> set[str]:
    named = node.get("type", _TYPES)
    types = {named} if isinstance(named, str) else set(named)
    return types | {"integer"} if "number" in types else types


def _values(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    for keyword, values_of in (("enum", list), ("const", lambda value: [value])):
        if keyword not in new or new[keyword] == old.get(keyword):
            continue
        if keyword not in old:
            yield Difference(f"{pointer}/{keyword}", "is new: only these are taken")
            continue
        lost = [each for each in values_of(old[keyword]) if each not in values_of(new[keyword])]
        if lost:
            shown = ", ".join(_show(each) for each in lost[:_SHOWN])
            more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
            yield Difference(f"{pointer}/{keyword}", f"no longer takes {shown}{more}")


def _bounds(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    is_tighter: Callable[[Any, Any], bool]
    for keywords, is_tighter, verb in (
        (_FLOORS, lambda now, before: now > before, "raised"),
        (_CEILINGS, lambda now, before: now < before, "lowered"),
    ):
        for keyword in keywords:
            if keyword not in new or new[keyword] == old.get(keyword):
                continue
            if keyword not in old:
                yield Difference(f"{pointer}/{keyword}", f"is new: {new[keyword]}")
            elif is_tighter(new[keyword], old[keyword]):
                change = f"{verb} from {old[keyword]} to {new[keyword]}"
                yield Difference(f"{pointer}/{keyword}", change)


def _required(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    for name in new.get("required", ()):
        if name not in old.get("required", ()):
            yield Difference(f"{pointer}/required", f"{_show(name)} is required now")


def _properties(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    known, rest = old.get("properties", {}), old.get("additionalProperties", True)
    for name, schema in new.get("properties", {}).items():
        place = f"{pointer}/properties{escape_pointer(name)}"
        if name in known:
            yield from _compare(known[name], schema, place)
        elif rest is True and schema not in (True, {}):
            yield Difference(
                place,
                "was free and is bound now; where additionalProperties is false, new properties "
                "are safe",
            )
        else:
            yield from _compare(rest, schema, place)


def _rest_of_object(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        before, now = old.get(keyword, True), new.get(keyword, True)
        if now is False and before is not False:
            yield Difference(f"{pointer}/{keyword}", "unnamed properties are no longer taken")
        elif keyword in new:
            yield from _compare(before, now, f"{pointer}/{keyword}")
        if now is False:
            for name in old.get("properties", {}).keys() - new.get("properties", {}).keys():
                place = f"{pointer}/properties{escape_pointer(name)}"
                yield Difference(place, "is gone, and unnamed properties are not taken")


def _others(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    for keyword in _OTHERS:
        if keyword in new and keyword not in old and new[keyword] not in (False, [], {}):
            yield Difference(f"{pointer}/{keyword}", "is new")
        elif keyword in new and new[keyword] != old.get(keyword, new[keyword]):
            yield Difference(f"{pointer}/{keyword}", "is another")


def _below(old: _Node, new: _Node, pointer: str) -> Iterator[Difference]:
    if "items" in new:
        yield from _compare(old.get("items", True), new["items"], f"{pointer}/items")
    for name in old.get("$defs", {}).keys() & new.get("$defs", {}).keys():
        place = f"{pointer}/$defs{escape_pointer(name)}"
        yield from _compare(old["$defs"][name], new["$defs"][name], place)


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
