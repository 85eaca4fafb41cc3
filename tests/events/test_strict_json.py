import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events.strict_json import InvalidJSON, canonical, read

DEPTH_LIMIT = 8

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)
# Pieces that make texts which are nearly JSON.
pieces = st.sampled_from(
    [
        *'[]{}:,"\\ \n\t\x00-01.eE',
        "true",
        "null",
        "NaN",
        "-Infinity",
        '"a"',
        '"b"',
        '"a":',
        '{"a":',
        r"\ud83d",
        r"\ude00",
        r"\\u",
        r"\n",
        r"\x",
        "é",
        "😀",
        "\ufeff",
        "12",
        "[[[[",
    ]
)
nearly_json = st.lists(pieces, max_size=12).map("".join)


def fault_of(text: str | bytes) -> InvalidJSON:
    body = text.encode() if isinstance(text, str) else text
    with pytest.raises(InvalidJSON) as caught:
        read(body, depth_limit=DEPTH_LIMIT)
    return caught.value


def plain(value: Any) -> Any:
    """Convert a strictly read value to what json.loads gives."""
    if isinstance(value, bytes):
        return json.loads(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError(pairs)
    return dict(pairs)


def refuse(name: str) -> None:
    raise ValueError(name)


def depth_of(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


def is_strict(text: str) -> bool:
    """Judge a text by other means than the reader's own."""
    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return False
    return depth_of(value) <= DEPTH_LIMIT


@given(values, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_json_reads(
    value: Any,
    indent: int | None,
    is_ascii: bool,  # noqa: FBT001  # Hypothesis hands it over
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)

    assert plain(read(text.encode(), depth_limit=100).value) == value


@given(nearly_json | st.tuples(nearly_json, nearly_json).map('{{"a":{0[0]},"b":[{0[1]}]}}'.format))
@example(r'"\\ud83d\ude00"')
@example(r'"\ud83d\ude00"')
def test_it_refuses_exactly_what_is_not_strict(text: str) -> None:
    fault = None
    try:
        read(text.encode(), depth_limit=DEPTH_LIMIT)
    except InvalidJSON as error:
        fault = error

    assert (fault is None) == is_strict(text)
    # The sentence for what the slow reader cannot explain: it always can.
    assert fault is None or fault.message != "The text is not JSON."


@given(values)
def test_it_writes_every_spelling_in_one_way(value: Any) -> None:
    spellings = {json.dumps(value, indent=n, ensure_ascii=bool(n)) for n in (None, 0, 3)}

    written = {canonical(spelling) for spelling in spellings}

    assert len(written) == 1
    assert json.loads(written.pop()) == value


def test_it_sorts_keys_and_keeps_numbers_as_written() -> None:
    assert (
        canonical(' {"b" : [1.0, 1e2, -0], "a\\u0041": null } ') == '{"aA":null,"b":[1.0,1e2,-0]}'
    )


def test_it_keeps_each_member_as_the_client_wrote_it() -> None:
    document = read(b'{ "a" : {"x" : 1.10, "\\u00e9":[ ]}\n, "b":-0 }', depth_limit=DEPTH_LIMIT)

    assert document.texts == {"a": '{"x" : 1.10, "\\u00e9":[ ]}', "b": "-0"}


def test_it_takes_a_number_of_any_length() -> None:
    digits = "9" * 100_000

    assert read(digits.encode(), depth_limit=DEPTH_LIMIT).value == digits.encode()


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "pointer"),
    [
        ("", "empty_body", 1, 1, ""),
        (" \n", "empty_body", 1, 1, ""),
        (b'\xef\xbb\xbf{"a":1}', "byte_order_mark", 1, 1, ""),
        (b'{"\xc3\xa9":\n"\xc3\xa9\xff"}', "invalid_utf8", 2, 3, ""),
        (b'"\xed\xa0\x80"', "invalid_utf8", 1, 2, ""),
        ('{"a":1,}', "malformed_json", 1, 8, ""),
        ('{"a":\n  [1, oops]}', "malformed_json", 2, 7, "/a/1"),
        ('{"a":{"b":"x}', "malformed_json", 1, 11, "/a/b"),
        ('{"a":1} x', "malformed_json", 1, 9, ""),
        ("[01]", "malformed_json", 1, 3, "/0"),
        ("'a'", "malformed_json", 1, 1, ""),
        ('"tab\there"', "malformed_json", 1, 1, ""),
        ('{"a":[0, NaN]}', "number_not_finite", 1, 10, "/a/1"),
        ("-Infinity", "number_not_finite", 1, 1, ""),
        ('{"a":{"b":1,"b":2}}', "duplicate_key", 1, 13, "/a/b"),
        (r'{"a/~":1,"a\/~":2}', "duplicate_key", 1, 10, "/a~1~0"),
        (r'["\ud800"]', "lone_surrogate", 1, 2, "/0"),
        (r'["\ud800\ud800\udc00"]', "lone_surrogate", 1, 2, "/0"),
        ("[" * 9 + "]" * 9, "nesting_too_deep", 1, 9, "/0" * 8),
        ('{"a":' * 9 + "1" + "}" * 9, "nesting_too_deep", 1, 41, "/a" * 8),
    ],
)
def test_it_says_what_is_wrong_and_where(
    *, text: str | bytes, code: str, line: int, column: int, pointer: str
) -> None:
    fault = fault_of(text)

    assert (fault.code, fault.line, fault.column, fault.pointer) == (code, line, column, pointer)


def test_it_takes_nesting_up_to_the_limit() -> None:
    text = "[" * DEPTH_LIMIT + '"]]]]]]]]]]]]]]]]"' + "]" * DEPTH_LIMIT

    assert depth_of(read(text.encode(), depth_limit=DEPTH_LIMIT).value) == DEPTH_LIMIT


@pytest.mark.parametrize(
    "text", ["[" * 350_000, '{"a":' * 70_000, '"' + '\\"' * 175_000, '[""' * 87_500]
)
def test_it_survives_hostile_texts(text: str) -> None:
    assert fault_of(text).code in {"nesting_too_deep", "malformed_json"}
