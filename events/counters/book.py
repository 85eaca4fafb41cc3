"""A process's book: which rows take a count, what has changed since it was stored."""

import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from events import clock
from events.counters.rows import BUCKETS_AT, NUMBERS_AT, CounterFile, Row
from events.counts import (
    DAY_SECONDS,
    LONGEST,
    MINUTE_SECONDS,
    NUMBERS,
    OTHER_TYPES,
    TYPES_PER_TENANT,
    CountedPeriod,
)

logger = structlog.get_logger(__name__)

# While the store is away minutes pile up; when they have filled all but these rows, only days are
# counted: a gap in a curve, and exact totals.
_ROWS_FOR_DAYS = 512

_PROCESSING = NUMBERS_AT + NUMBERS.index("processing_microseconds")
_LONGEST = NUMBERS_AT + NUMBERS.index(LONGEST)
_PLACES = {name: NUMBERS_AT + index for index, name in enumerate(NUMBERS)}

_Key = tuple[int, int, str]


@dataclass(slots=True, eq=False)
class Part:
    """The rows that make one item: a tenant's types in one period."""

    number: int
    starts_at: int
    span_seconds: int
    tenant: str
    rows: dict[str, Row] = field(default_factory=dict)
    # Whether the store lacks any of it.
    has_news: bool = False

    @property
    def ends_at(self) -> int:
        return self.starts_at + self.span_seconds


class Book:
    """Counts in the rows of a file, each count once in its minute and once in its day.

    A count takes about two microseconds, under a lock that is never held during a call.
    """

    def __init__(self, file: CounterFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._parts: list[Part] = []
        # Those that still take counts.
        self._open_parts: dict[_Key, Part] = {}
        self._rows: dict[tuple[str, str], tuple[tuple[Row, Part], ...]] = {}
        self._minute = 0
        self._dropped = 0
        self._load()

    def count(
        self,
        amounts: Mapping[str, int],
        *,
        tenant: str,
        event_type: str,
        bucket: int | None = None,
        processing_microseconds: int = 0,
    ) -> None:
        """Add to some numbers of ``Counts``; ``bucket`` is a latency's."""
        minute = clock.now_microseconds() // 60_000_000
        with self._lock:
            if minute != self._minute:
                self._rows.clear()
                self._minute = minute
            rows = self._rows.get((tenant, event_type)) or self._find_rows(tenant, event_type)
            words = self._file.words
            for row, part in rows:
                if not part.has_news:
                    part.has_news = True
                    self._file.is_clean = False
                at = row.at
                for name, amount in amounts.items():
                    words[at + _PLACES[name]] += amount
                if bucket is not None:
                    self._file.halves[(at + BUCKETS_AT) * 2 + bucket] += 1
                if processing_microseconds > 0:
                    words[at + _PROCESSING] += processing_microseconds
                    words[at + _LONGEST] = max(words[at + _LONGEST], processing_microseconds)

    def take_news(self) -> list[tuple[Part, CountedPeriod]]:
        """Return what the store lacks, as it is now; what it does not take is to be put back."""
        with self._lock:
            news = [(part, tuple(part.rows.items())) for part in self._parts if part.has_news]
            for part, _ in news:
                part.has_news = False
        # Whatever is counted from here on is news again, whether or not it is read below.
        return [(part, self._read(part, rows)) for part, rows in news]

    def put_back(self, parts: Iterable[Part]) -> None:
        """Remember that the store still lacks these."""
        with self._lock:
            for part in parts:
                part.has_news = True

    def tidy(self) -> None:
        """Note that all is stored, if so, and free the rows of what is stored and over."""
        now = clock.now_microseconds() // 1_000_000
        with self._lock:
            over = [part for part in self._parts if part.ends_at <= now and not part.has_news]
            for part in over:
                self._forget(part)
            self._file.is_clean = not any(part.has_news for part in self._parts)
            dropped, self._dropped = self._dropped, 0
        if dropped:
            logger.warning("counts_dropped", count=dropped, reason="no row is free")

    @property
    def is_empty(self) -> bool:
        return not self._parts

    def close(self) -> None:
        self._file.close()

    def _load(self) -> None:
        """Take over what a process that is gone has left."""
        now = clock.now_microseconds() // 1_000_000
        has_news = not self._file.is_clean
        parts: dict[int, Part] = {}
        for row in self._file.rows():
            part = parts.setdefault(row.number, _part_of(row, has_news=has_news))
            part.rows[row.event_type] = row
        self._parts = list(parts.values())
        if self._file.is_of_this_boot:
            # A part that is over may have lost rows already; one of another boot may be a copy.
            self._open_parts = {_key(each): each for each in self._parts if each.ends_at > now}

    def _find_rows(self, tenant: str, event_type: str) -> tuple[tuple[Row, Part], ...]:
        found = []
        for span_seconds, spare in ((DAY_SECONDS, 0), (MINUTE_SECONDS, _ROWS_FOR_DAYS)):
            placed = self._find_row(tenant, event_type, span_seconds=span_seconds, spare=spare)
            if placed is not None:
                found.append(placed)
            elif span_seconds == DAY_SECONDS:
                self._dropped += 1
        rows = tuple(found)
        if len(rows) == 2:  # noqa: PLR2004  # a day's and a minute's
            self._rows[tenant, event_type] = rows
        return rows

    def _find_row(
        self, tenant: str, event_type: str, *, span_seconds: int, spare: int
    ) -> tuple[Row, Part] | None:
        starts_at = self._minute * MINUTE_SECONDS // span_seconds * span_seconds
        part = self._open_parts.get((span_seconds, starts_at, tenant))
        if part is None:
            # Its number is new: a part that was freed and begins anew replaces nothing.
            part = Part(secrets.randbits(62) | 1, starts_at, span_seconds, tenant)
        if event_type not in part.rows and len(part.rows) >= TYPES_PER_TENANT:
            event_type = OTHER_TYPES
        row = part.rows.get(event_type) or self._add_row(part, event_type, spare=spare)
        return None if row is None else (row, part)

    def _add_row(self, part: Part, event_type: str, *, spare: int) -> Row | None:
        if self._file.free_rows <= spare:
            return None
        row = self._file.add_row(
            number=part.number,
            starts_at=part.starts_at,
            span_seconds=part.span_seconds,
            tenant=part.tenant,
            event_type=event_type,
        )
        if row is None:
            return None
        if not part.rows:
            self._parts.append(part)
            self._open_parts[_key(part)] = part
        part.rows[event_type] = row
        return row

    def _forget(self, part: Part) -> None:
        for row in part.rows.values():
            self._file.free_row(row)
        self._parts.remove(part)
        if self._open_parts.get(_key(part)) is part:
            del self._open_parts[_key(part)]
        self._rows.clear()

    def _read(self, part: Part, rows: Iterable[tuple[str, Row]]) -> CountedPeriod:
        return CountedPeriod(
            tenant=part.tenant,
            span_seconds=part.span_seconds,
            starts_at=part.starts_at,
            number=part.number,
            types={event_type: self._file.read(row) for event_type, row in rows},
        )


def _part_of(row: Row, *, has_news: bool) -> Part:
    return Part(row.number, row.starts_at, row.span_seconds, row.tenant, has_news=has_news)


def _key(part: Part) -> _Key:
    return part.span_seconds, part.starts_at, part.tenant
