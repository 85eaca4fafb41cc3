import pytest

from events.api_key import is_well_formed, key_id_of, make_key, matches_any


def test_it_makes_a_key_that_a_scanner_knows() -> None:
    key_id, text = make_key()

    assert text.startswith(f"{key_id}_")
    assert (key_id_of(text), len(text)) == (key_id, 62)
    assert is_well_formed(text)


def test_it_makes_no_key_twice() -> None:
    assert len({make_key() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("position", range(62))
def test_it_notices_any_character_that_is_wrong(position: int) -> None:
    _, text = make_key()
    wrong = "x" if text[position] != "x" else "y"

    assert not is_well_formed(text[:position] + wrong + text[position + 1 :])


@pytest.mark.parametrize(
    "text", ["", "evp_", "evp_ab12cd34_", 62 * "é", "evp_ab12cd34_" + 49 * "0"]
)
def test_it_takes_nothing_else_for_a_key(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize(
    ("event_type", "patterns", "matches"),
    [
        ("order.created", ["order.created"], True),
        ("order.created", ["user.*", "order.*"], True),
        ("order.line.added", ["order.*"], True),
        ("order", ["order.*"], False),
        ("orders.created", ["order.*"], False),
        ("order.created", ["order.created.*"], False),
        ("anything", ["*"], True),
        ("anything", [], False),
    ],
)
def test_it_matches_types_as_handlers_do(
    event_type: str, patterns: list[str], *, matches: bool
) -> None:
    assert matches_any(event_type, patterns) is matches
