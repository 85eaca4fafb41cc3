"""A DynamoDB table in memory: conditional writes, sparse indexes of keys, and what it all costs."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pynamodb.models import Model

from tests.partiql import Clause, Path, Value, Write
from tests.write_units import Item, Schema, index_entry, size_bytes, write_units

Key = tuple[str, ...]
RawItem = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_ITEM_BYTES = 409_600


class Refused(Exception):
    """What DynamoDB answers instead of writing; ``item`` is what stood in the way."""

    def __init__(self, code: str, message: str = "", item: RawItem | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.item = item


class FakeTable:
    """Holds the items of one model; ``units`` counts the write units of every write so far."""

    def __init__(self, model: type[Model]) -> None:
        self._schema = Schema.of(model)
        self._items: dict[Key, RawItem] = {}
        self.units = 0

    def items(self) -> list[RawItem]:
        return deepcopy(list(self._items.values()))

    def read(self, key: Item) -> RawItem | None:
        return deepcopy(self._items.get(self._key(key)))

    def load(self, items: Iterable[RawItem]) -> None:
        """Hold items at once, neither checked nor counted: many of them, for a test of growth."""
        self._items.update((self._key(item), item) for item in items)

    def put(self, item: Item) -> None:
        key = self._key(item)
        self._store(key, self._items.get(key), deepcopy(dict(item)))

    def delete(self, key: Item) -> None:
        if self._key(key) in self._items:
            self._store(self._key(key), self._items[self._key(key)], None)

    def key_of(self, write: Write) -> Key:
        """Return the key that a statement names, which must be all of it."""
        if write.action == "INSERT":
            return self._key(write.item)
        equal = {clause.path: clause.value for clause in write.where if clause.operator == "="}
        return self._key({path[0]: value for path, value in equal.items() if len(path) == 1})

    def execute(self, write: Write) -> RawItem | None:
        """Write one item and return what the statement returns, or raise Refused."""
        key = self.key_of(write)
        before = self._items.get(key)
        if write.action == "INSERT":
            if before is not None:
                self._charge(before, before)
                raise Refused("DuplicateItem")
            self._store(key, None, deepcopy(write.item))
            return None
        if before is None and write.action == "DELETE":
            return None
        if before is None or not all(_holds(clause, before) for clause in write.where):
            self._charge(before, before)
            raise Refused("ConditionalCheckFailed", item=deepcopy(before))
        after = None if write.action == "DELETE" else _changed(before, write)
        self._store(key, before, after)
        return deepcopy(after) if write.returns_item else None

    def entries(self, index: str, *, hash_key: Value) -> list[RawItem]:
        """Return an index's entries under a hash key, by its range key."""
        keys = self._schema.indexes[index]
        items = [item for item in self._items.values() if item.get(keys[0]) == hash_key]
        found = [index_entry(self._schema, keys, item) for item in items]
        return sorted(
            (dict(entry) for entry in found if entry), key=lambda entry: plain(entry[keys[-1]])
        )

    def _key(self, attributes: Mapping[str, Any]) -> Key:
        missing = [name for name in self._schema.keys if name not in attributes]
        if missing:
            raise Refused("ValidationError", f"the key lacks {', '.join(missing)}")
        return tuple(attributes[name]["S"] for name in self._schema.keys)

    def _store(self, key: Key, before: RawItem | None, after: RawItem | None) -> None:
        if after is None:
            del self._items[key]
        else:
            self._check(after)
            self._items[key] = after
        self._charge(before, after)

    def _check(self, item: RawItem) -> None:
        if size_bytes(item) > _ITEM_BYTES:
            raise Refused("ValidationError", "Item size has exceeded the maximum allowed size")
        for keys in self._schema.indexes.values():
            if any(item.get(name) == {"S": ""} for name in keys):
                raise Refused("ValidationError", "an index key is an empty string")

    def _charge(self, before: RawItem | None, after: RawItem | None) -> None:
        self.units += write_units(self._schema, before, after)


def plain(value: Value) -> str | Decimal:
    """Return a key's value as Python compares it."""
    text: str = value["N"] if "N" in value else value["S"]
    return Decimal(text) if "N" in value else text


def is_at_most(value: Value, limit: Value) -> bool:
    return bool(plain(value) <= plain(limit))  # type: ignore[operator]  # keys of one type


def _holds(clause: Clause, item: RawItem) -> bool:
    found = _find(item, clause.path)
    if found is None or found.keys() != clause.value.keys():
        # A missing attribute, or one of another type, fulfils no comparison.
        return False
    if clause.operator == "=":
        return bool(plain(found) == plain(clause.value))
    if clause.operator == "<>":
        return bool(plain(found) != plain(clause.value))
    return is_at_most(found, clause.value)


def _changed(before: RawItem, write: Write) -> RawItem:
    _refuse_overlaps([*write.sets, *write.increments, *write.removes])
    after = deepcopy(before)
    for path, value in write.sets.items():
        _parent(after, path)[path[-1]] = deepcopy(dict(value))
    for path, step in write.increments.items():
        found = _find(before, path)
        if found is None:
            raise Refused("ValidationError", f"{path} is not there to be counted up")
        _parent(after, path)[path[-1]] = {"N": str(Decimal(found["N"]) + step)}
    for path in write.removes:
        _parent(after, path).pop(path[-1], None)
    return after


def _refuse_overlaps(paths: Iterable[Path]) -> None:
    ordered = sorted(paths)
    for shorter, longer in pairwise(ordered):
        if longer[: len(shorter)] == shorter:
            raise Refused("ValidationError", f"Two document paths overlap: {shorter}, {longer}")


def _find(item: RawItem, path: Path) -> RawItem | None:
    value: RawItem = {"M": item}
    for name in path:
        if name not in value.get("M", {}):
            return None
        value = value["M"][name]
    return value


def _parent(item: RawItem, path: Path) -> RawItem:
    """Return the map that a path ends in; DynamoDB makes none by itself."""
    parent = _find(item, path[:-1])
    if parent is None or "M" not in parent:
        raise Refused("ValidationError", f"there is no map for the document path {path}")
    attributes: RawItem = parent["M"]
    return attributes
