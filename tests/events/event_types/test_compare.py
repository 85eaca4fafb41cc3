from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.event_types import Comparison, Verdict, compare, compile_schema

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
CLOSED = {"type": "object", "properties": {"a": STRING}, "additionalProperties": False}


def text(value: Any) -> str:
    return orjson.dumps(value).decode()


def compared(old: Any, new: Any) -> Comparison:
    return compare(text(old), text(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (STRING, {"type": ["string", "null"]}),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}),
        ({**INTEGER, "minimum": 2}, {**INTEGER, "minimum": 1}),
        (CLOSED, {**CLOSED, "properties": {"a": STRING, "b": INTEGER}}),
        (CLOSED, {**CLOSED, "additionalProperties": True}),
        ({"required": ["a", "b"]}, {"required": ["a"]}),
        ({"title": "one", **STRING}, {"description": "other", **STRING}),
        ({**STRING, "pattern": "^a+$"}, STRING),
        (INTEGER, {"type": "number"}),
        (
            {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": STRING}},
            {"properties": {"a": {"$ref": "#/$defs/y"}}, "$defs": {"y": STRING}},
        ),
    ],
)
def test_it_proves_what_takes_nothing_away(old: Any, new: Any) -> None:
    assert compared(old, new) == Comparison(Verdict.COMPATIBLE)


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "/enum"),
        ({}, {"enum": ["a"]}, "/enum"),
        ({"const": 1}, {"const": 2}, "/const"),
        ({"type": ["string", "null"]}, STRING, "/type"),
        ({"type": "number"}, INTEGER, "/type"),
        ({}, {"required": ["a"]}, "/required"),
        (CLOSED, {**CLOSED, "properties": {}}, "/properties/a"),
        ({"properties": {"a": STRING}}, CLOSED, "/additionalProperties"),
        ({"type": "object"}, {"type": "object", "properties": {"a/b": STRING}}, "/properties/a~1b"),
        ({**INTEGER, "minimum": 1}, {**INTEGER, "minimum": 2}, "/minimum"),
        ({**STRING, "maxLength": 9}, {**STRING, "maxLength": 8}, "/maxLength"),
        (STRING, {**STRING, "minLength": 1}, "/minLength"),
        (STRING, {**STRING, "pattern": "^a"}, "/pattern"),
        (STRING, {**STRING, "format": "date"}, "/format"),
        ({"format": "date"}, {"format": "time"}, "/format"),
        ({"multipleOf": 2}, {"multipleOf": 4}, "/multipleOf"),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}, "/uniqueItems"),
        ({"type": "array"}, {"type": "array", "contains": STRING}, "/contains"),
        ({"items": {"type": "number"}}, {"items": INTEGER}, "/items/type"),
        ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING]}, "/oneOf"),
        ({}, {"not": STRING}, "/not"),
        ({}, {"dependentRequired": {"a": ["b"]}}, "/dependentRequired"),
        (
            {"$ref": "#/$defs/x", "$defs": {"x": {"type": "number"}}},
            {"$ref": "#/$defs/x", "$defs": {"x": INTEGER}},
            "/$defs/x/type",
        ),
        ({"const": 0.1}, '{"const": 0.10000000000000000001}', "/const"),
    ],
)
def test_it_names_what_is_taken_away(old: Any, new: Any, pointer: str) -> None:
    comparison = compare(text(old), new if isinstance(new, str) else text(new))

    assert not comparison.is_safe
    assert pointer in [difference.pointer for difference in comparison.differences]


def test_it_says_that_it_could_not_decide() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}}}

    comparison = compared({**node, "minProperties": 1}, node)

    assert comparison.verdict is Verdict.UNDECIDED
    assert "could not be decided" in str(comparison)


def test_it_decides_by_the_example_what_it_could_not_otherwise() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}}}

    comparison = compare(text(node), text({**node, "required": ["next"]}), example="{}")

    assert comparison.verdict is Verdict.INCOMPATIBLE


NAMES = st.sampled_from(["a", "b"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.5, 1.0]),
    st.sampled_from(["", "a", "ab", "2026-01-02"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=2),
    max_leaves=6,
)
SMALL = st.integers(0, 2)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def keywords(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(below, min_size=1, max_size=2)
    members = st.dictionaries(NAMES, below, max_size=2)
    known = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=text),
        "const": SCALARS,
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 2),
        "multipleOf": st.sampled_from([0.5, 1, 2]),
        "minLength": SMALL,
        "maxLength": SMALL,
        "pattern": st.sampled_from(["^a", "b$", "^a*$"]),
        "format": st.sampled_from(["date", "email"]),
        "items": below,
        "prefixItems": some,
        "contains": below,
        "minContains": SMALL,
        "maxContains": SMALL,
        "minItems": SMALL,
        "maxItems": SMALL,
        "uniqueItems": st.booleans(),
        "unevaluatedItems": st.booleans(),
        "properties": members,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), below, max_size=1),
        "additionalProperties": st.booleans() | below,
        "unevaluatedProperties": st.booleans() | below,
        "propertyNames": below,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
        "dependentSchemas": st.dictionaries(NAMES, below, max_size=1),
        "minProperties": SMALL,
        "maxProperties": SMALL,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": below,
        "if": below,
        "then": below,
        "else": below,
        "$ref": st.sampled_from(["#", "#/$defs/x"]),
    }

    def of(names: list[str]) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries({name: known[name] for name in names})

    return st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True).flatmap(of)


SCHEMAS = st.recursive(st.just({}) | keywords(st.booleans()), keywords, max_leaves=4)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw two schemas, most often a little different only."""
    old, change = draw(SCHEMAS), draw(SCHEMAS)
    new = draw(st.sampled_from([change, {**old, **change}, {"anyOf": [old, change]}]))
    dropped = draw(st.sampled_from([None, *new]))
    new = {name: value for name, value in new.items() if name != dropped}
    shared = {"x": draw(SCHEMAS)}
    return {**old, "$defs": shared}, {**new, "$defs": shared}


@given(pairs(), st.lists(VALUES, min_size=5, max_size=20))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_never_calls_compatible_what_refuses_a_payload(
    pair: tuple[dict[str, Any], dict[str, Any]], payloads: list[Any]
) -> None:
    old, new = map(text, pair)
    try:
        before, after = compile_schema(old), compile_schema(new)
    except ValueError:
        return
    if not compare(old, new).is_safe:
        return

    matched = [each for each in map(text, payloads) if not before.find_faults(each)]
    assert not [each for each in matched if after.find_faults(each)]
