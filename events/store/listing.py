"""Index entries of many events, in order: the keys of the rows that a list then reads."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from events.store import connection, statements
from events.store.events import READ_DEADLINE_SECONDS, TABLE
from events.store.parallel import at_once

# What goes on beyond its first page goes on for long: a list that looks for rare events.
_NEXT_PAGE_SIZE = 200

# Sort keys are times and ids: digits, letters, "-", ":", ".", "#". These stand around all of them.
_JUST_ABOVE = "!"
_JUST_BELOW = "~"
_LOWEST = "!"
_HIGHEST = ":"

_KEY_NAMES = {"by_time": "time_key", "by_type": "type_key", "dead": "dead_key"}


@dataclass(frozen=True, slots=True)
class Lane:
    """One partition of an index, its entries in the order of their sort keys."""

    index: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The sort keys between two bounds, neither included, and the direction to read them in."""

    above: str = _LOWEST
    below: str = _HIGHEST
    is_newest_first: bool = True

    @property
    def bounds(self) -> tuple[str, str]:
        """The lowest and the highest key that there can be: DynamoDB's BETWEEN includes both."""
        highest = self.below[:-1] + chr(ord(self.below[-1]) - 1) + _JUST_BELOW
        return self.above + _JUST_ABOVE, highest

    @property
    def is_empty(self) -> bool:
        lowest, highest = self.bounds
        return lowest > highest

    def beyond(self, sort_key: str) -> "Span":
        """Return what is left to read after this key."""
        if self.is_newest_first:
            return replace(self, below=sort_key)
        return replace(self, above=sort_key)

    def has(self, sort_key: str) -> bool:
        return self.above < sort_key < self.below


@dataclass(frozen=True, slots=True)
class _Page:
    sort_keys: list[str]
    # Where the next one begins, None after the last.
    end: str | None


def event_id_of(sort_key: str) -> str:
    return sort_key.partition("#")[2]


def read_sort_keys(lanes: Sequence[Lane], span: Span, *, page_size: int) -> Iterator[str]:
    """Yield the sort keys of all lanes in order.

    Costs a query per lane for the first ``page_size`` keys, and then one for each lane that is
    read further than that.
    """
    if span.is_empty:
        return
    pages = at_once(lambda lane: _read_page(lane, span, page_size), lanes)
    streams = [_follow(lane, span, page) for lane, page in zip(lanes, pages, strict=True)]
    yield from heapq.merge(*streams, reverse=span.is_newest_first)


def read_open_ids(shards: int, *, limit: int) -> list[str] | None:
    """Return the ids of all open events of all tenants; None if there are more than ``limit``."""
    pages = at_once(lambda shard: _read_open_page(shard, limit), range(shards))
    event_ids = [event_id for page in pages for event_id in page]
    # An entry that moves on while the shards are read may be seen twice.
    return None if len(event_ids) > limit else list(dict.fromkeys(event_ids))


def _follow(lane: Lane, span: Span, page: _Page) -> Iterator[str]:
    while True:
        yield from page.sort_keys
        if page.end is None:
            return
        page = _read_page(lane, span.beyond(page.end), _NEXT_PAGE_SIZE)


def _read_page(lane: Lane, span: Span, size: int) -> _Page:
    lowest, highest = span.bounds
    answer = connection.call(
        "query",
        deadline_seconds=READ_DEADLINE_SECONDS,
        TableName=TABLE,
        IndexName=lane.index,
        KeyConditionExpression=(
            f"{_KEY_NAMES[lane.index]} = :key AND sort_key BETWEEN :lowest AND :highest"
        ),
        ExpressionAttributeValues={
            ":key": statements.text(lane.key),
            ":lowest": statements.text(lowest),
            ":highest": statements.text(highest),
        },
        ScanIndexForward=not span.is_newest_first,
        Limit=size,
    )
    end = answer.get("LastEvaluatedKey")
    return _Page([raw["sort_key"]["S"] for raw in answer["Items"]], end and end["sort_key"]["S"])


def _read_open_page(shard: int, limit: int) -> list[str]:
    answer = connection.call(
        "query",
        deadline_seconds=READ_DEADLINE_SECONDS,
        TableName=TABLE,
        IndexName="open",
        KeyConditionExpression="open_key = :shard",
        ExpressionAttributeValues={":shard": statements.text(str(shard))},
        Limit=limit + 1,
    )
    return [raw["event_id"]["S"] for raw in answer["Items"]]
