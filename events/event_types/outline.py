"""A schema's outline: whether it may be used here, and what checking a payload can cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from events.json_fault import escape_pointer
from events.strict_json import JSONValue

# Subschemas, with every reference replaced by what it refers to.
SIZE_LIMIT = 10_000

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# These look at the same value as the schema that they stand in, so that it is looked at again.
_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
# These look at values that others may look at, too.
_SHARED_VALUES = ("patternProperties", "contains", "unevaluatedItems", "unevaluatedProperties")
_OWN_VALUES = ("properties", "additionalProperties", "propertyNames", "items", "prefixItems")
_APPLICATORS = (*_SAME_VALUE, *_SHARED_VALUES, *_OWN_VALUES)
_MAPS = {"properties", "patternProperties", "dependentSchemas", "$defs"}
_LITERALS = ("enum", "const", "not", "pattern")
# Measured, and rounded up.
_FAULT_MICROSECONDS = 10.0
_COPY_MICROSECONDS = 0.3
_BYTE_MICROSECONDS = 0.05
# So many of a subschema's own may find fault with one value.
_KEYWORDS = 10
_REFUSED = {
    "$dynamicRef": "It is for schemas of schemas; use $ref.",
    "$dynamicAnchor": "It is for schemas of schemas; use $anchor.",
    "$vocabulary": "It is for schemas of schemas.",
}


class InvalidSchema(ValueError):
    """A schema that cannot be used; the pointer says where in it."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer
        self.message = message


class Cost(NamedTuple):
    """``overlap``: how often one value may be looked at; ``recursions``: times so many, a level."""

    size: int
    overlap: int
    recursions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is known of a schema before any payload comes."""

    cost: Cost
    has_unique_items: bool
    has_property_names: bool
    # The most names that one value must have.
    required: int
    # The most that one subschema compares a value with.
    literal_bytes: int

    def estimate_microseconds(self, *, values: int, depth: int) -> float:
        """Return what telling all faults of a payload takes at the very most, or a little less.

        Every look at a value may find a fault. The library makes each fault a copy of the value
        and of what it was compared with; one for each name where property names are wrong.
        """
        growth: int = max(1, self.cost.recursions) ** depth
        looks = values * (1 + self.cost.overlap) * growth
        copies = (depth + 1) * (_KEYWORDS + self.required)
        if self.has_property_names:
            copies *= values
        each = _FAULT_MICROSECONDS + copies * _COPY_MICROSECONDS
        return looks * (each + self.literal_bytes * _BYTE_MICROSECONDS)


def outline(schema: JSONValue) -> Outline:
    """Look a strictly read schema over; raises InvalidSchema."""
    nodes = dict(_subschemas(schema, ""))
    for pointer, node in nodes.items():
        if isinstance(node, dict):
            _check_node(node, pointer)
    cost = _Measure(schema, nodes).of("")
    if cost.size > SIZE_LIMIT:
        raise InvalidSchema(
            "",
            f"With each $ref replaced by what it refers to, it has {cost.size} subschemas; "
            f"{SIZE_LIMIT} are the limit.",
        )
    objects = [node for node in nodes.values() if isinstance(node, dict)]
    return Outline(
        cost=cost,
        has_unique_items=any(node.get("uniqueItems") is True for node in objects),
        has_property_names=any("propertyNames" in node for node in objects),
        required=max(map(_count_required, objects)),
        literal_bytes=max(map(_count_literal_bytes, objects)),
    )


def _count_required(node: dict[str, JSONValue]) -> int:
    dependent = node.get("dependentRequired", {})
    lists = [node.get("required", ()), *(dependent.values() if isinstance(dependent, dict) else ())]
    return sum(len(each) for each in lists if isinstance(each, list))


def _count_literal_bytes(node: dict[str, JSONValue]) -> int:
    return sum(len(str(node[keyword])) for keyword in _LITERALS if keyword in node)


def _subschemas(node: JSONValue, pointer: str) -> Iterator[tuple[str, JSONValue]]:
    """Yield a schema and all that it holds, with their pointers."""
    yield pointer, node
    if isinstance(node, dict):
        for keyword in (*_APPLICATORS, "$defs"):
            for below, each in _held_by(node, keyword):
                yield from _subschemas(each, pointer + below)


def _held_by(node: dict[str, JSONValue], keyword: str) -> list[tuple[str, JSONValue]]:
    value = node.get(keyword)
    if isinstance(value, list):
        return [(f"/{keyword}/{index}", each) for index, each in enumerate(value)]
    if isinstance(value, dict) and keyword in _MAPS:
        return [(f"/{keyword}{escape_pointer(key)}", each) for key, each in value.items()]
    return [] if value is None else [(f"/{keyword}", value)]


def _check_node(node: dict[str, JSONValue], pointer: str) -> None:
    if node.get("$schema", _DIALECT) not in (_DIALECT, f"{_DIALECT}#"):
        raise InvalidSchema(f"{pointer}/$schema", f"It must be {_DIALECT}, or be left out.")
    if pointer and "$id" in node:
        raise InvalidSchema(f"{pointer}/$id", "Only the outermost schema may have one.")
    for keyword, reason in _REFUSED.items():
        if keyword in node:
            raise InvalidSchema(f"{pointer}/{keyword}", reason)
    reference = node.get("$ref", "#")
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise InvalidSchema(
            f"{pointer}/$ref", "It must begin with '#': nothing outside is ever fetched."
        )


class _Measure:
    """Adds up what each subschema costs, once each."""

    def __init__(self, schema: JSONValue, nodes: dict[str, JSONValue]) -> None:
        self._nodes = nodes
        self._anchors = {
            f"#{node['$anchor']}": pointer
            for pointer, node in nodes.items()
            if isinstance(node, dict) and isinstance(node.get("$anchor"), str)
        }
        self._known: dict[str, Cost] = {}
        self._open: list[str] = []
        self._schema = schema

    def of(self, pointer: str) -> Cost:
        known = self._known.get(pointer)
        if known is None:
            self._open.append(pointer)
            known = self._known[pointer] = self._sum(pointer)
            self._open.pop()
        return known

    def _sum(self, pointer: str) -> Cost:
        node = self._nodes[pointer]
        if not isinstance(node, dict):
            return Cost(1, 0, 0)
        costs = [self._of_reference(node, pointer)] if "$ref" in node else []
        own = len(costs)
        for keyword in _APPLICATORS:
            held = _held_by(node, keyword)
            costs += [self.of(pointer + below) for below, _ in held]
            own += 0 if keyword in _OWN_VALUES else len(held)
        sizes, overlaps, recursions = zip(*costs, strict=True) if costs else ((), (), ())
        return Cost(1 + sum(sizes), own + sum(overlaps), sum(recursions))

    def _of_reference(self, node: dict[str, JSONValue], pointer: str) -> Cost:
        target = self._resolve(str(node["$ref"]))
        if target is None:
            raise InvalidSchema(f"{pointer}/$ref", f"There is no subschema {node['$ref']}.")
        return Cost(1, 0, 1) if target in self._open else self.of(target)

    def _resolve(self, reference: str) -> str | None:
        target = self._anchors.get(reference, unquote(reference[1:]))
        return target if target in self._nodes else None
