from typing import Any

import orjson
import pytest

from events.event_types import InvalidSchema, compile_schema


def refuse(schema: Any) -> InvalidSchema:
    text = schema if isinstance(schema, str) else orjson.dumps(schema).decode()
    with pytest.raises(InvalidSchema) as caught:
        compile_schema(text)
    return caught.value


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "strin"}, "/type"),
        ({"properties": {"a": {"minimum": "1"}}}, "/properties/a/minimum"),
        ({"required": "a"}, "/required"),
        ({"format": "phone"}, "/format"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({"properties": {"a": {"$id": "https://example.com"}}}, "/properties/a/$id"),
        ({"$dynamicRef": "#"}, "/$dynamicRef"),
        ({"items": {"$ref": "#/$defs/none"}}, "/items/$ref"),
        ({"maximum": 1}, None),
    ],
)
def test_it_says_where_a_schema_is_wrong(schema: Any, pointer: str | None) -> None:
    if pointer is None:
        compile_schema(orjson.dumps(schema).decode())
    else:
        assert refuse(schema).pointer == pointer


def test_it_says_which_types_there_are() -> None:
    for wrong in ("strin", ["string", "text"]):
        assert "array, boolean, integer, null, number, object" in refuse({"type": wrong}).message


@pytest.mark.parametrize(
    "text", ["", "[]", "true", "{", '{"type": "object", "type": "array"}', '{"minimum": NaN}']
)
def test_it_takes_strict_json_only(text: str) -> None:
    refuse(text)


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.com/a",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "other.json",
        "urn:x",
    ],
)
def test_it_fetches_nothing(reference: str) -> None:
    fault = refuse({"$defs": {"unused": {"$ref": reference}}})

    assert fault.pointer == "/$defs/unused/$ref"
    assert "nothing outside is ever fetched" in fault.message


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(?<!a)b", "(", "(.{100}){900}"])
def test_it_refuses_patterns_that_may_hang(pattern: str) -> None:
    assert "regular expression" in refuse({"pattern": pattern}).message
    assert "regular expression" in refuse({"patternProperties": {pattern: {}}}).message


def test_it_bounds_the_size() -> None:
    assert "65536 bytes" in refuse({"description": "x" * 65_536}).message


def test_it_bounds_the_depth() -> None:
    assert "deeper" in refuse('{"not":' * 65 + "{}" + "}" * 65).message


def test_it_bounds_what_references_grow_to() -> None:
    definitions: dict[str, Any] = {
        f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)
    }
    definitions["d40"] = {"type": "string"}

    assert "10000 are the limit" in refuse({"$ref": "#/$defs/d0", "$defs": definitions}).message


def test_it_bounds_its_numbers() -> None:
    assert refuse('{"properties": {"a": {"maximum": 1e101}}}').pointer == "/properties/a/maximum"


def test_it_takes_properties_named_like_keywords() -> None:
    compile_schema('{"properties": {"$ref": {"type": "string"}, "$id": {}, "$dynamicRef": {}}}')


def test_it_takes_references_by_pointer_and_anchor() -> None:
    schema = compile_schema(
        '{"properties": {"a": {"$ref": "#/$defs/a~1b%25"}, "b": {"$ref": "#word"}},'
        ' "$defs": {"a/b%": {"type": "string"}, "w": {"$anchor": "word", "type": "string"}}}'
    )

    assert len(schema.find_faults('{"a": 1, "b": 1}')) == 2
