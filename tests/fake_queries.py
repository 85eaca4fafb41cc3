"""What DynamoDB answers to queries, of a table in memory."""

import re
from collections.abc import Callable
from typing import Any

from tests.fake_table import FakeTable, RawItem, Refused, is_at_most
from tests.write_units import read_units, size_bytes

_PAGE_BYTES = 1_048_576
_CONDITION = re.compile(
    r"(#?\w+) = (:\w+)(?: AND (?P<name>#?\w+) (?:<= (?P<most>:\w+)"
    r"|BETWEEN (?P<lowest>:\w+) AND (?P<highest>:\w+)))?"
)


def query_index(
    table: FakeTable,
    *,
    IndexName: str,  # noqa: N803
    KeyConditionExpression: str,  # noqa: N803
    ExpressionAttributeValues: dict[str, RawItem],  # noqa: N803
    ExpressionAttributeNames: dict[str, str] | None = None,  # noqa: N803
    Select: str = "ALL_PROJECTED_ATTRIBUTES",  # noqa: N803
    Limit: int | None = None,  # noqa: N803
    ScanIndexForward: bool = True,  # noqa: N803
) -> tuple[dict[str, Any], float]:
    """Return the answer and its read units."""
    found = _CONDITION.fullmatch(KeyConditionExpression)
    assert found, KeyConditionExpression
    names, values = ExpressionAttributeNames or {}, ExpressionAttributeValues
    key_name, key = found[1], values[found[2]]
    is_inside = _range_of(found, values)
    matching = [
        entry
        for entry in table.entries(IndexName, hash_key=key)
        if entry[names.get(key_name, key_name)] == key and is_inside(entry)
    ]
    ordered = matching if ScanIndexForward else matching[::-1]
    entries = ordered[:Limit]
    size = sum(size_bytes(each) for each in entries)
    assert size < _PAGE_BYTES, "cut such answers, too"
    # DynamoDB stops at the limit before it knows whether anything follows.
    is_cut = Limit is not None and len(entries) == Limit
    answer = {"LastEvaluatedKey": entries[-1]} if is_cut else {}
    if Select != "COUNT":
        answer["Items"] = entries
    return {"Count": len(entries), **answer}, read_units(size, is_consistent=False)


def query_table(
    table: FakeTable,
    *,
    page_size: int,
    KeyConditionExpression: str,  # noqa: N803
    ExpressionAttributeNames: dict[str, str],  # noqa: N803
    ExpressionAttributeValues: dict[str, RawItem],  # noqa: N803
    ConsistentRead: bool = False,  # noqa: ARG001, N803
    ExclusiveStartKey: RawItem | None = None,  # noqa: N803
) -> dict[str, Any]:
    """Answer with pages of a few items, as DynamoDB does with a megabyte."""
    assert KeyConditionExpression.split(" AND ", 1)[0] == "#kind = :kind"
    assert ExpressionAttributeNames["#kind"] == "kind"
    values = {name: value["S"] for name, value in ExpressionAttributeValues.items()}
    first, last = values.get(":first", ""), values.get(":last", "\U0010ffff")
    after = ExclusiveStartKey["name"]["S"] if ExclusiveStartKey else ""
    found = sorted(
        (
            item
            for item in table.items()
            if item["kind"]["S"] == values[":kind"]
            and first <= item["name"]["S"] <= last
            and item["name"]["S"] > after
        ),
        key=lambda item: str(item["name"]["S"]),
    )
    page = found[:page_size]
    if len(page) == len(found):
        return {"Items": page, "Count": len(page)}
    last_key = {name: page[-1][name] for name in ("kind", "name")}
    return {"Items": page, "Count": len(page), "LastEvaluatedKey": last_key}


def _range_of(found: re.Match[str], values: dict[str, RawItem]) -> Callable[[RawItem], bool]:
    """Return the condition on the range key."""
    name, most, lowest = found["name"], found["most"], found["lowest"]
    if name is None:
        return lambda _: True
    if most is not None:
        return lambda entry: is_at_most(entry[name], values[most])
    if not is_at_most(values[lowest], values[found["highest"]]):
        raise Refused("ValidationException", "the lower bound of BETWEEN is above the upper one")
    highest = values[found["highest"]]
    return lambda entry: (
        is_at_most(values[lowest], entry[name]) and is_at_most(entry[name], highest)
    )
