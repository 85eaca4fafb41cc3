import pytest

from tests.autoscaling.hcl import Block

TEXT = """
resource "a" "b" {
  # size = 1
  size = 2 * var.n + 1

  hook {
    name = "one"
  }

  hook {
    name = "two"
  }
}
"""


@pytest.fixture
def block() -> Block:
    return Block(TEXT, "a.tf").block('resource "a" "b"')


def test_it_calculates_with_the_values_of_variables(block: Block) -> None:
    assert block.number("size", {"var.n": 3}) == 7


def test_it_finds_blocks_of_one_kind(block: Block) -> None:
    assert [each.text("name") for each in block.blocks("hook")] == ['"one"', '"two"']


@pytest.mark.parametrize("missing", ["hooks", "hook_2"])
def test_it_says_which_block_is_missing(block: Block, missing: str) -> None:
    with pytest.raises(LookupError, match=f"has no block {missing}"):
        block.block(missing)


def test_it_says_what_is_not_set(block: Block) -> None:
    assert not block.has("length")
    with pytest.raises(LookupError, match="does not set length"):
        block.text("length")


def test_it_takes_arithmetic_only() -> None:
    with pytest.raises(ValueError, match="is no arithmetic"):
        Block("size = max(1, 2)\n", "a.tf").number("size")
