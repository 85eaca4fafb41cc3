"""What a write costs in DynamoDB, worked out from the item before and after it.

A write is charged by the larger of both images, in started kilobytes, for the table and again for
each index whose entry it puts, changes or deletes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context
from typing import Any

from pynamodb.models import Model

Item = Mapping[str, Mapping[str, Any]]

_UNIT_BYTES = 1_024
_READ_UNIT_BYTES = 4_096
# A list or a map, and each value in one, costs this besides itself.
_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1
# DynamoDB keeps 38 digits.
_NUMBERS = Context(prec=38)


@dataclass(frozen=True, slots=True)
class Schema:
    """The key attributes of a table and of its indexes, hash key first; indexes keep keys only."""

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, model: type[Model]) -> "Schema":
        indexes = {
            name: _index_keys(index._get_schema()["key_schema"])  # noqa: SLF001  # no public way
            for name, index in (model._indexes or {}).items()  # noqa: SLF001
        }
        hash_key, range_key = model._hash_keyname, model._range_keyname  # noqa: SLF001
        return cls(tuple(name for name in (hash_key, range_key) if name), indexes)


def write_units(schema: Schema, before: Item | None, after: Item | None) -> int:
    """Return the units of a write; one whose condition failed has the same item twice."""
    units = _started_units(before, after)
    for keys in schema.indexes.values():
        old = index_entry(schema, keys, before)
        new = index_entry(schema, keys, after)
        if old == new:
            continue
        # Its key is all that an entry holds, so a changed entry is one deleted and one put.
        units += sum(_started_units(entry) for entry in (old, new) if entry)
    return units


def read_units(size_bytes: int, *, is_consistent: bool) -> float:
    """Return the units of reading so much: one item, or all entries of a query."""
    units = max(1, -(-size_bytes // _READ_UNIT_BYTES))
    return float(units) if is_consistent else units / 2


def index_entry(schema: Schema, keys: tuple[str, ...], item: Item | None) -> Item | None:
    """Return an item's entry in an index; None where the item lacks one of the index's keys."""
    if item is None or any(name not in item for name in keys):
        return None
    return {name: item[name] for name in (*schema.keys, *keys)}


def size_bytes(item: Item) -> int:
    """Return an item's size as DynamoDB counts it, names included."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _index_keys(described: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    # HASH sorts before RANGE.
    ordered = sorted(described, key=lambda each: each["KeyType"])
    return tuple(each["AttributeName"] for each in ordered)


def _started_units(*images: Item | None) -> int:
    size = max(size_bytes(image) for image in images if image) if any(images) else 0
    return max(1, -(-size // _UNIT_BYTES))


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode("utf-8", "surrogatepass"))
    if kind == "N":
        return _number_bytes(content)
    if kind == "B":
        return len(content)
    if kind == "M":
        return _CONTAINER_BYTES + size_bytes(content) + _ELEMENT_BYTES * len(content)
    if kind == "L":
        return _CONTAINER_BYTES + sum(_value_bytes(each) + _ELEMENT_BYTES for each in content)
    # A boolean or a null.
    return 1


def _number_bytes(text: str) -> int:
    """One byte for two significant digits on either side of the point, one more, one for minus."""
    number = _NUMBERS.create_decimal(text).normalize(_NUMBERS)
    if not number:
        return 1
    sign, digits, exponent = number.as_tuple()
    # Digits are paired outwards from the point: an odd exponent leaves half a pair at the end.
    half_pair = int(exponent) % 2
    return (len(digits) + half_pair + 1) // 2 + 1 + sign
