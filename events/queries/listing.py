"""Listing events, page by page: nothing that was there at the first page is missed or repeated.

A page goes on from a sort key, which an event keeps for life: whatever is written meanwhile, what
lies beyond that key is what lay there before. Rows are read after their index entries and checked
against the filter as they are then.

A page costs a read of the shard count, a query per shard and tenant, and a batch get per hundred
rows. With 4 shards and events of up to 4 KB, 50 rows take 6 calls and 55 read units, 200 rows 7
calls and 215; a page that examines all it may takes 33 calls and 2,043.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from events import identity
from events.errors import Retryable
from events.event import Event
from events.queries.event_filter import EventFilter
from events.queries.lanes import find_lanes, is_indexed
from events.store import codec, events, listing, rows
from events.store.shards import read_shard_count

# Staff may look at so many tenants at once.
TENANTS_LIMIT = 20
# A page looks at so many events for those that a filter means, where no index knows them.
EXAMINED_LIMIT = 2_000
_EXAMINED_AT_ONCE = 200
# Fewer at first, what a batch get takes: of a kind that most events are, they fill a page.
_EXAMINED_AT_FIRST = 100
# And for so long: a page that is short now is better than a full one too late, or none.
SEARCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some events, newest first, without payload and attempts.

    ``next_key`` is where the list goes on, None at its end: a page may be short, even empty,
    before that.
    """

    events: tuple[Event, ...]
    next_key: str | None


def list_events(
    *,
    tenants: Sequence[str],
    event_filter: EventFilter,
    before: str | None = None,
    after: str | None = None,
    limit: int,
) -> EventPage:
    """Return the newest matching events before a sort key, or the oldest after one.

    Dead events, those of a type and those of a time come from an index of their own; so do open
    ones while there are at most EXAMINED_LIMIT of all tenants. Other filters examine up to
    EXAMINED_LIMIT events a page, and begin with no more of them after SEARCH_SECONDS; for dead
    events of a type, those of the index that has fewer.
    Raises StoreUnavailable or StoreThrottled.
    """
    if not 0 < len(tenants) <= TENANTS_LIMIT:
        raise ValueError(f"list_events takes 1 to {TENANTS_LIMIT} tenants, not {len(tenants)}")
    search = _Search(tenants, event_filter, span_of(event_filter, before, after), limit)
    if event_filter.idempotency_key is not None:
        key = event_filter.idempotency_key
        return search.among(list({identity.keyed_event_id(tenant, key) for tenant in tenants}))
    shards = read_shard_count()
    if event_filter.status is not None and not event_filter.status.is_terminal:
        open_ids = listing.read_open_ids(shards, limit=EXAMINED_LIMIT)
        if open_ids is not None:
            return search.among(open_ids)
    return search.along(shards)


def sort_key_of(event: Event) -> str:
    """Return an event's place in every list."""
    return f"{codec.to_text(event.received_at)}#{event.event_id}"


@dataclass(frozen=True, slots=True)
class _Search:
    """What one page is to hold."""

    tenants: Sequence[str]
    event_filter: EventFilter
    span: listing.Span
    limit: int

    def among(self, event_ids: Sequence[str]) -> EventPage:
        """Make the page from all events that can be on it."""
        found = {sort_key_of(event): event for event in self._read(event_ids)}
        sort_keys = sorted(filter(self.span.has, found), reverse=self.span.is_newest_first)
        shown = sort_keys[: self.limit]
        next_key = shown[-1] if len(sort_keys) > self.limit else None
        return self._page([found[each] for each in shown], next_key)

    def along(self, shards: int) -> EventPage:
        """Make the page by going along index entries until it is full, or enough were examined."""
        step, page_size = self.limit, self.limit
        if not is_indexed(self.event_filter):
            page_size = _EXAMINED_AT_ONCE
            step = min(page_size, max(self.limit, _EXAMINED_AT_FIRST))
        # One entry more than are examined at once tells whether the list goes on.
        sort_keys = self._sort_keys(shards, page_size=page_size + 1)
        found: list[Event] = []
        examined, last_key = 0, None
        ends_at = time.monotonic() + SEARCH_SECONDS
        while len(found) < self.limit and examined < EXAMINED_LIMIT:
            if last_key is not None and time.monotonic() >= ends_at:
                return self._page(found, last_key)
            try:
                chunk = list(islice(sort_keys, min(step, EXAMINED_LIMIT - examined)))
                matching = self._read_at(chunk)
            except Retryable:
                if last_key is None:
                    raise
                # What was found so far is worth having; whoever goes on hears of it if it lasts.
                return self._page(found, last_key)
            if not chunk:
                return self._page(found, None)
            room = self.limit - len(found)
            found += matching[:room]
            if len(matching) > room:
                # The next page examines the rest of these once more.
                return self._page(found, sort_key_of(found[-1]))
            examined, last_key = examined + len(chunk), chunk[-1]
            step = _EXAMINED_AT_ONCE
        return self._page(found, last_key if _goes_on(sort_keys) else None)

    def _sort_keys(self, shards: int, *, page_size: int) -> Iterator[str]:
        """Return the places of all that can be meant, in order."""
        streams = [
            listing.read_sort_keys(lanes, self.span, page_size=page_size)
            for lanes in find_lanes(self.tenants, self.event_filter, shards)
        ]
        if len(streams) == 1:
            return streams[0]
        begun = [list(islice(stream, page_size)) for stream in streams]
        sparser = self._find_sparser(begun[0], begun[1], page_size)
        return chain(begun[sparser], streams[sparser])

    def _find_sparser(self, first: list[str], second: list[str], page_size: int) -> int:
        """Say which has fewer entries: it ends sooner, or as many of its entries reach further."""
        if min(len(first), len(second)) < page_size:
            return int(len(second) < len(first))
        return int((second[-1] < first[-1]) is self.span.is_newest_first)

    def _read_at(self, sort_keys: Sequence[str]) -> list[Event]:
        """Read the matching events that stand at these places, in order."""
        found = {
            sort_key_of(event): event
            for event in self._read([listing.event_id_of(each) for each in sort_keys])
        }
        # An id may be used again once its event has expired, and then stands elsewhere.
        return [found[each] for each in sort_keys if each in found]

    def _read(self, event_ids: Sequence[str]) -> list[Event]:
        """Read the events that match: the row decides, since an index is a moment late."""
        with_attempts = self.event_filter.error_fingerprint is not None
        items = rows.read_rows(event_ids, with_attempts=with_attempts)
        found = [codec.to_event(each, None) for each in items if not events.is_expired(each)]
        return [each for each in found if self._is_meant(each)]

    def _is_meant(self, event: Event) -> bool:
        return event.tenant in self.tenants and self.event_filter.matches(event)

    def _page(self, found: list[Event], next_key: str | None) -> EventPage:
        newest_first = found if self.span.is_newest_first else found[::-1]
        return EventPage(events=tuple(newest_first), next_key=next_key)


def _goes_on(sort_keys: Iterator[str]) -> bool:
    try:
        return next(sort_keys, None) is not None
    except Retryable:
        # Nobody knows: another page may turn out to be empty.
        return True


def span_of(event_filter: EventFilter, before: str | None, after: str | None) -> listing.Span:
    """Return the sort keys before one and after another that the filter's times leave."""
    # A time is a sort key without its id: it stands right before all events of that moment.
    span = listing.Span(is_newest_first=after is None)
    earliest, latest = event_filter.received_after, event_filter.received_before
    lower = [span.above, after or "", codec.to_text(earliest) if earliest else ""]
    upper = [span.below, before or span.below, codec.to_text(latest) if latest else span.below]
    return listing.Span(above=max(lower), below=min(upper), is_newest_first=span.is_newest_first)
