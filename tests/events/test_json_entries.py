import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.json_entries import Entry, TooManyEntries, read_array, read_lines
from events.json_fault import find_fault
from events.strict_json import Document, InvalidJSON, read
from tests.events.test_strict_json import DEPTH_LIMIT, nearly_json, values

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def entries_of(body: str | bytes, *, most: int = 100) -> list[Entry]:
    encoded = body.encode() if isinstance(body, str) else body
    entries: list[Entry] = read_array(encoded, depth_limit=DEPTH_LIMIT, most=most)
    return entries


def lines_of(body: bytes, *, most: int = 100) -> list[Entry]:
    return read_lines(body, depth_limit=DEPTH_LIMIT, most=most)


def codes(entries: list[Entry]) -> list[str | None]:
    return [
        each.content.code if isinstance(each.content, InvalidJSON) else None for each in entries
    ]


def alone(body: bytes, *, depth_limit: int = DEPTH_LIMIT) -> Document | str:
    """Read a text that is no entry of anything; of a fault, only its code is compared."""
    try:
        return read(body, depth_limit=depth_limit)
    except InvalidJSON as fault:
        return fault.code


@unhurried
@given(st.lists(values, max_size=5), st.sampled_from([None, 1]))
def test_it_reads_each_entry_as_if_it_were_alone(
    given_values: list[Any], indent: int | None
) -> None:
    texts = [json.dumps(each, indent=indent) for each in given_values]

    entries = entries_of(f"[ {' , '.join(texts)} ]")

    read_ones = [
        each.content.code if isinstance(each.content, InvalidJSON) else each.content
        for each in entries
    ]
    assert read_ones == [alone(text.encode()) for text in texts]


@unhurried
@given(nearly_json)
def test_it_finds_no_fault_exactly_where_the_strict_reader_finds_none(text: str) -> None:
    body = f"[{text}]".encode()
    try:
        is_faultless = not any(codes(entries_of(body)))
    except InvalidJSON:
        is_faultless = False

    assert is_faultless == isinstance(alone(body, depth_limit=DEPTH_LIMIT + 1), Document)


def test_it_keeps_the_texts_of_each_entry() -> None:
    (entry,) = entries_of('[{ "a" : {"x" : 1.10 } }]')

    assert entry == Entry(Document({"a": {"x": b"1.10"}}, {"a": '{"x" : 1.10 }'}), 23)


def test_it_counts_bytes_and_not_characters() -> None:
    assert [each.size_bytes for each in entries_of('["é😀", 1]')] == [8, 1]


def test_it_reads_an_array_inside_an_object() -> None:
    found = read_array(b'{"n": 1, "events": [1, 2]}', depth_limit=DEPTH_LIMIT, most=9)

    assert found["n"] == b"1"
    assert [each.content.value for each in found["events"]] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        ('{"a":1,"a":2}', "duplicate_key", "/a"),
        ('{"a":{"b":1,"b":2}}', "duplicate_key", "/a/b"),
        ('{"a":[NaN]}', "number_not_finite", "/a/0"),
        (r'{"a":"\ud800"}', "lone_surrogate", "/a"),
        ("[" * 9 + "]" * 9, "nesting_too_deep", "/0" * 8),
    ],
)
def test_it_keeps_a_fault_to_its_entry(entry: str, code: str, pointer: str) -> None:
    first, broken, last = entries_of(f'[{{"a":1}},{entry},{{"b":2}}]')

    assert isinstance(broken.content, InvalidJSON)
    assert (broken.content.code, broken.content.pointer) == (code, pointer)
    assert codes([first, last]) == [None, None]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_body"),
        ('[{"a":1},]', "malformed_json"),
        ('[{"a":1,}]', "malformed_json"),
        ('[{"a":1} {"b":2}]', "malformed_json"),
        ("[1", "malformed_json"),
        ("[1] 2", "malformed_json"),
        (b'["\xff"]', "invalid_utf8"),
        ("[" * 350_000, "nesting_too_deep"),
        ('{"a":[1],"a":[2]}', "duplicate_key"),
    ],
)
def test_it_refuses_a_body_whose_entries_cannot_be_told_apart(body: str | bytes, code: str) -> None:
    with pytest.raises(InvalidJSON) as caught:
        entries_of(body)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "place"),
    [("[\n" + "[],\n" * 300_000 + "x]", (300_002, 1)), ("[" + "1" * 300_000, (1, 300_002))],
)
def test_it_says_at_once_where_a_large_body_breaks(body: str, place: tuple[int, int]) -> None:
    with pytest.raises(InvalidJSON) as caught:
        entries_of(body, most=1_000_000)

    assert caught.value.code == "malformed_json"
    assert (caught.value.line, caught.value.column) == place


def test_it_reads_no_further_than_wanted() -> None:
    assert len(entries_of("[1,2,3]", most=3)) == 3
    with pytest.raises(TooManyEntries):
        entries_of("[1,2,3,4,oops", most=3)
    with pytest.raises(TooManyEntries):
        lines_of(b"1\n2\n3\n4\noops", most=3)


def test_it_reads_lines_and_knows_where_they_are() -> None:
    entries = lines_of(b'{"a":1}\r\n\n \t\n{oops}\n"\xff"\n\xef\xbb\xbf1\n2')

    assert [each.line for each in entries] == [1, 4, 5, 6, 7]
    assert codes(entries) == [None, "malformed_json", "invalid_utf8", "byte_order_mark", None]


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\t\n"])
def test_it_finds_no_entry_in_blank_lines(body: bytes) -> None:
    assert lines_of(body) == []


@pytest.mark.parametrize("body", [b"\n" * 2_000_000, b" \n" * 1_000_000, b" " * 2_000_000])
def test_it_survives_bodies_of_nothing(body: bytes) -> None:
    assert lines_of(body) == []


LATE_FAULTS = [
    '{"x":"' + "y" * 5_000 + '","x":1}',
    '{"x":"' + "y" * 5_000 + '\\ud800"}',
    '{"x":"' + "y" * 5_000 + '","z":NaN}',
]


@pytest.mark.parametrize("entry", LATE_FAULTS)
def test_it_explains_no_more_of_a_body_than_one_that_may_be_large(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained: list[int] = []

    def count(body: bytes, *, depth_limit: int) -> InvalidJSON | None:
        explained.append(len(body))
        return find_fault(body, depth_limit=depth_limit)

    monkeypatch.setattr("events.json_entries.find_fault", count)
    as_array = entries_of(f"[{','.join([entry] * 900)}]", most=1_000)
    as_lines = lines_of("\n".join([entry] * 900).encode(), most=1_000)

    assert 0 < sum(explained) <= 2 * 262_144
    for entries in (as_array, as_lines):
        assert codes(entries)[0] in {"duplicate_key", "lone_surrogate", "number_not_finite"}
        assert codes(entries)[-1] == "malformed_json"


def test_it_takes_escaped_backslashes_however_many_there_are() -> None:
    entry = json.dumps({"x": "\\ud800" * 1_000})

    assert codes(entries_of(f"[{','.join([entry] * 100)}]")) == [None] * 100
