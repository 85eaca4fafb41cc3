"""What staff ask across tenants."""

from collections.abc import Sequence
from typing import Any

from events import identity
from events.event import Event
from events.models import APIKey
from events.queries.listing import sort_key_of
from events.store import codec, counters, events, rows
from events.store.models import EventItem

# Whose events they are where no API key says whose.
_DEFAULT = "default"


def get_tenants() -> tuple[str, ...]:
    """Return the tenants that have counted events or an API key; one query, and one to SQL."""
    keyed = APIKey.objects.values_list("tenant", flat=True).distinct()
    return tuple(sorted({*counters.read_tenants(), *keyed})) or (_DEFAULT,)


def find_events(text: str, *, tenants: Sequence[str]) -> tuple[Event, ...]:
    """Return the event with this id, whosever it is, and those that came with it as their key."""
    keyed = [identity.keyed_event_id(tenant, text) for tenant in tenants]
    named = [text.lower()] if identity.is_event_id(text.lower()) else []
    return read_events([*named, *keyed])


def read_events(event_ids: Sequence[str]) -> tuple[Event, ...]:
    """Return those of these events that exist, newest first, without payload and attempts."""
    items = rows.read_rows(list(dict.fromkeys(event_ids)))
    found = [codec.to_event(each, None) for each in items if not events.is_expired(each)]
    return tuple(sorted(found, key=sort_key_of, reverse=True))


def get_stored_item(event_id: str) -> dict[str, Any]:
    """Return an event's item as DynamoDB has it; raises EventNotFound."""
    return dict(EventItem.serialize(events.find(event_id, tenant=None)))
