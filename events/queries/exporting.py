"""Exporting events, whole and newest first, a page in memory at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from events.event import Event
from events.queries.event_filter import EventFilter
from events.queries.listing import EventPage, list_events, sort_key_of
from events.store import codec, events, rows
from events.store.models import EventItem
from events.store.parallel import at_once

# With payloads of the largest size, so many are some ten megabytes.
_PAGE_SIZE = 100


def export_events(
    *, tenant: str, event_filter: EventFilter, before: str | None = None
) -> Iterator[EventPage]:
    """Yield a tenant's matching events with payloads and attempts; raises as ``list_events`` does.

    They are as they are when their page is read: one that no longer matches, or has expired, is
    left out, and a page may be empty. ``before`` goes on where the page with that ``next_key``
    ended.
    """
    while True:
        page = list_events(
            tenants=[tenant], event_filter=event_filter, before=before, limit=_PAGE_SIZE
        )
        whole = {sort_key_of(each): each for each in _read_whole(page.events)}
        found = [whole.get(sort_key_of(each)) for each in page.events]
        kept = (each for each in found if each and event_filter.matches(each))
        yield replace(page, events=tuple(kept))
        if page.next_key is None:
            return
        before = page.next_key


def _read_whole(listed: Sequence[Event]) -> list[Event]:
    items = rows.read_whole([each.event_id for each in listed])
    return at_once(_to_event, [each for each in items if not events.is_expired(each)])


def _to_event(item: EventItem) -> Event:
    return codec.to_event(item, events.read_payload(item))
