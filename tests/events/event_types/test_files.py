from pathlib import Path

import pytest

from events.event_types import Definition, InvalidFile, Mode, pretty, read_file, write_file

FULL = Definition(
    name="order.created",
    description="Somebody has ordered: “é”",
    mode=Mode.ENFORCE,
    is_deprecated=True,
    deprecation_note="Too coarse.",
    replacement="order.placed",
    schema_json=pretty('{"type": "object", "properties": {"z": {"maximum": 1.10}, "a": {}}}'),
    example_json=pretty('{"z": 1.0, "n": 123456789012345678901234567890}'),
)


@pytest.mark.parametrize("definition", [FULL, Definition(name="a")])
def test_it_reads_what_it_wrote(definition: Definition, tmp_path: Path) -> None:
    path = tmp_path / f"{definition.name}.json"
    path.write_text(write_file(definition))

    read = read_file(path)

    assert write_file(read) == path.read_text()
    assert pretty(read.schema_json or "null") == (definition.schema_json or "null")


def test_it_keeps_numbers_and_the_order_of_keys() -> None:
    text = write_file(FULL)

    assert '"maximum": 1.10' in text
    assert "123456789012345678901234567890" in text
    assert text.index('"z"') < text.index('"a"')


def test_it_writes_a_member_to_a_line() -> None:
    assert write_file(
        Definition(name="a", schema_json='{"enum":["b","c"],"x":{}}')
    ).splitlines() == [
        "{",
        '  "name": "a",',
        '  "description": "",',
        '  "mode": "off",',
        '  "deprecated": false,',
        '  "deprecation_note": "",',
        '  "replacement": "",',
        '  "schema": {',
        '    "enum": ["b", "c"],',
        '    "x": {}',
        "  },",
        '  "example": null',
        "}",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("[]", "JSON object"),
        ('{"name": "b"}', "must agree"),
        ('{"name": "a", "mode": "strict"}', "mode is off, warn, enforce"),
        ('{"name": "a", "deprecated": "no"}', "deprecated must be true or false"),
        ('{"name": "a", "schema": "{}"}', "schema must be an object or null"),
        ('{"name": "a", "shema": {}}', "no member 'shema'"),
        ('{"name": "a", "name": "a"}', "came before"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)

    with pytest.raises(InvalidFile, match=reason) as caught:
        read_file(path)
    assert "a.json" in str(caught.value)
