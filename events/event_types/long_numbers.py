"""Numbers that cannot be checked in reasonable time.

A number keeps every digit on its way from the client's text to the schema. What that costs grows
with its digits, and with how many long ones are compared with each other, so both are bounded.
"""

import re
from collections.abc import Iterator

from events.json_fault import escape_pointer
from events.strict_json import JSONValue, read

# Written out in full; the largest double has 309.
DIGITS_LIMIT = 400
_SCHEMAS_DIGITS_LIMIT = 100
# As many as may stand in a payload where they are compared: with each other for unique items, or
# with long numbers in the schema.
LONG_NUMBERS_LIMIT = 64

# In a text without these each number is short. Two patterns that begin with a set of characters are
# searched for several times as fast as one that offers the choice, or one that begins by counting.
_MANY_DIGITS = re.compile(r"[0-9.][0-9.]{16}")
_LARGE_EXPONENT = re.compile(r"[0-9][eE][+-]?[0-9]{3}")
_LONG_BYTES = 17
_EXPONENT = re.compile(rb"[eE][+-]?0*([0-9]+)")
# A double has no more.
_SHORT_EXPONENT = 99


def find_unfit_numbers(text: str, *, are_compared: bool, depth_limit: int) -> list[dict[str, str]]:
    """Return a fault for each number that is too long; usually after a glance at the text."""
    if not may_hold_long_numbers(text):
        return []
    value = read(text.encode(), depth_limit=depth_limit).value
    long_numbers = [each for each in _walk(value, "") if _is_long(each[1])]
    unfit = [pointer for pointer, literal in long_numbers if _digits_of(literal) > DIGITS_LIMIT]
    if not unfit and are_compared:
        unfit = [pointer for pointer, _ in long_numbers[LONG_NUMBERS_LIMIT:]]
    return [_fault(pointer) for pointer in unfit]


def may_hold_long_numbers(text: str) -> bool:
    """Tell at a glance; a text that does may still hold none."""
    return (_MANY_DIGITS.search(text) or _LARGE_EXPONENT.search(text)) is not None


def find_schemas_long_number(schema: JSONValue) -> str | None:
    """Return where a strictly read schema has a number that would make every payload slow."""
    for pointer, literal in _walk(schema, ""):
        if _digits_of(literal) > _SCHEMAS_DIGITS_LIMIT:
            return pointer
    return None


def _walk(value: JSONValue, pointer: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, bytes):
        yield pointer, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _walk(each, pointer + escape_pointer(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _walk(each, f"{pointer}/{index}")


def _is_long(literal: bytes) -> bool:
    return len(literal) >= _LONG_BYTES or _exponent_of(literal) > _SHORT_EXPONENT


def _digits_of(literal: bytes) -> int:
    return len(literal) + _exponent_of(literal)


def _exponent_of(literal: bytes) -> int:
    found = _EXPONENT.search(literal)
    if found is None:
        return 0
    # Longer ones are beyond any limit, and Python refuses to read them.
    return int(found[1][:6])


def _fault(pointer: str) -> dict[str, str]:
    message = (
        f"The number is too long to be checked: at most {DIGITS_LIMIT} digits, written out, and "
        f"at most {LONG_NUMBERS_LIMIT} numbers of more than 15 where they are compared."
    )
    return {"pointer": pointer, "code": "number_too_long", "message": message}
