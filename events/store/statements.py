"""PartiQL writes of one item. Names are always quoted: many of ours are reserved words."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from events.store.connection import Item, Statement, Value

EQUALS = "="
AT_MOST = "<="
DIFFERS = "<>"


def text(value: str) -> Value:
    return {"S": value}


def number(value: int) -> Value:
    return {"N": str(value)}


def insert(table: str, item: Item, *, key: str, size_bytes: int) -> Statement:
    """Write an item unless its key is taken (ConditionFailed)."""
    names = ", ".join(f"'{name}': ?" for name in item)
    return Statement(
        text=f'INSERT INTO "{table}" VALUE {{{names}}}',
        parameters=list(item.values()),
        key=key,
        size_bytes=size_bytes,
    )


def update(
    table: str,
    *,
    key: str,
    where: Sequence[tuple[str, str, Value]],
    values: Mapping[str, Value],
    increments: Sequence[str] = (),
    remove: Sequence[str] = (),
    returning: bool = False,
) -> Statement:
    """Change an item if every clause of ``where`` holds; a name with a dot is a path in a map."""
    sets = [f"SET {_path(name)} = ?" for name in values]
    sets += [f"SET {_path(name)} = {_path(name)} + 1" for name in increments]
    removes = [f"REMOVE {_path(name)}" for name in remove]
    clauses = " AND ".join(f"{_path(name)} {operator} ?" for name, operator, _ in where)
    tail = " RETURNING ALL NEW *" if returning else ""
    parameters = [*values.values(), *(value for _, _, value in where)]
    return Statement(
        text=f'UPDATE "{table}" {" ".join([*sets, *removes])} WHERE {clauses}{tail}',
        parameters=parameters,
        key=key,
        size_bytes=sum(len(each.get("S", "")) for each in parameters),
    )


def delete(table: str, *, key: str, where: Sequence[tuple[str, str, Value]]) -> Statement:
    """Delete an item if every clause of ``where`` holds."""
    clauses = " AND ".join(f"{_path(name)} {operator} ?" for name, operator, _ in where)
    return Statement(
        # Names come from our own code; every value travels as a parameter.
        text=f'DELETE FROM "{table}" WHERE {clauses}',  # noqa: S608
        parameters=[value for _, _, value in where],
        key=key,
    )


@lru_cache(maxsize=1_000)
def _path(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split("."))
