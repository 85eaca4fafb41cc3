from typing import Any

import orjson
import pytest

from events.event_types import Schema, compile_schema

ORDER = {
    "type": "object",
    "properties": {
        "order": {"type": "integer", "minimum": 1},
        "email": {"type": "string", "format": "email"},
        "tags": {"type": "array", "uniqueItems": True},
    },
    "required": ["order"],
    "additionalProperties": False,
}


def schema(value: Any = ORDER) -> Schema:
    return compile_schema(value if isinstance(value, str) else orjson.dumps(value).decode())


def places(payload_json: str, value: Any = ORDER) -> list[tuple[str, str]]:
    faults = schema(value).find_faults(payload_json)
    return [(fault["pointer"], fault["code"]) for fault in faults]


def test_it_finds_nothing_in_what_matches() -> None:
    assert places('{"order": 7, "email": "a@example.com", "tags": [1, 2]}') == []


def test_it_names_every_fault() -> None:
    payload = '{"email": "nobody", "tags": [1, 1], "a/b~c": 1}'

    assert set(places(payload)) == {
        ("/order", "required"),
        ("/email", "format"),
        ("/tags", "uniqueItems"),
        ("/a~1b~0c", "additionalProperties"),
    }


def test_it_tells_no_values() -> None:
    payload = '{"order": -17, "email": "secret", "tags": ["secret", "secret"]}'

    assert "secret" not in str(schema().find_faults(payload))


@pytest.mark.parametrize(
    ("value", "number", "matches"),
    [
        ({"maximum": 9_007_199_254_740_993}, "9007199254740993", True),
        ({"maximum": 9_007_199_254_740_993}, "9007199254740994", False),
        ('{"const": 123456789012345678901234567890}', "123456789012345678901234567890", True),
        ('{"const": 123456789012345678901234567890}', "123456789012345678901234567891", False),
        ('{"const": 0.1}', "0.10000000000000000001", False),
        ('{"multipleOf": 0.01}', "19.99", True),
        ('{"multipleOf": 0.01}', "19.999", False),
        ('{"exclusiveMaximum": 1}', "0.99999999999999999999", True),
        ({"type": "integer"}, "1.0", True),
        ({"type": "integer"}, "1e3", True),
        ({"type": "integer"}, "1.5", False),
        ({"maximum": 5}, "9" * 400, False),
    ],
)
def test_it_rounds_no_number(*, value: Any, number: str, matches: bool) -> None:
    assert (places(number, value) == []) is matches


@pytest.mark.parametrize(
    "number", ["9" * 401, "1e400", "1e-400", "-1E+999999999999999999999", "0." + "1" * 5_000]
)
def test_it_refuses_numbers_too_long_to_be_checked(number: str) -> None:
    assert places(f'{{"order": 1, "tags": [{number}]}}') == [("/tags/0", "number_too_long")]


def test_it_takes_a_few_long_numbers_where_items_are_unique() -> None:
    numbers = [str(10**20 + n) for n in range(70)]

    assert places(f'{{"order": 1, "tags": [{",".join(numbers[:64])}]}}') == []
    assert len(places(f'{{"order": 1, "tags": [{",".join(numbers)}]}}')) == 6


def test_it_takes_words_that_look_like_long_numbers() -> None:
    payload = '{"order": 1, "tags": ["123456789012345678901234567890", "1e999", "ae-12e4567"]}'

    assert places(payload) == []


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_it_does_not_hang_in_a_pattern(pattern: str) -> None:
    payload = f'"{"a" * 200_000}!"'

    assert places(payload, {"pattern": pattern}) == [("", "pattern")]


def test_it_does_not_hang_in_a_schema_that_meets_itself() -> None:
    again = {"$ref": "#/$defs/node"}
    branch = {"type": "object", "properties": {"n": again}}
    tree = {**again, "$defs": {"node": {"anyOf": [branch, {**branch, "minProperties": 1}]}}}
    payload = '{"n":' * 60 + "1" + "}" * 60

    assert places(payload, tree) == [("", "schema")]


def test_it_explains_shallow_payloads_of_such_a_schema() -> None:
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "type": "object"}

    assert places('{"left": {"right": 1}}', tree) == [("/left/right", "type")]


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        ({"items": {"type": "string"}}, list(range(60_000))),
        ({"propertyNames": {"maxLength": 1}}, {f"field{n}": n for n in range(5_000)}),
        ({"required": [f"r{n}" for n in range(500)]}, {f"p{n}": n for n in range(9_000)}),
        ({"items": {"enum": [f"x{n}" for n in range(5_000)]}}, ["y"] * 9_000),
        ({"items": {"not": {"enum": ["y"] + [f"x{n}" for n in range(5_000)]}}}, ["y"] * 9_000),
    ],
)
def test_it_does_not_explain_at_any_price(value: Any, payload: Any) -> None:
    assert places(orjson.dumps(payload).decode(), value) == [("", "schema")]


def test_it_explains_what_is_usual() -> None:
    line = {"type": "object", "required": ["sku", "n"], "properties": {"n": {"enum": [1, 2]}}}
    payload = orjson.dumps([{"n": 3}] * 400).decode()

    assert len(places(payload, {"items": line})) == 800


def test_it_takes_few_long_numbers_where_the_schema_has_some() -> None:
    numbers = [str(10**20 + n) for n in range(70)]
    payload = f"[{','.join(numbers)}]"

    assert len(places(payload, f'{{"items": {{"enum": {payload}}}}}')) == 6
