"""The pages of replay plans, each an item: which events a worker is about to replay."""

import orjson

from events.replay_plan import Entry, Page
from events.store import connection, statements
from events.store.models import PlatformItem

_TABLE = PlatformItem.Meta.table_name
_KIND = "replay-page"
_DEADLINE_SECONDS = 3.0


def insert(plan_id: str, number: int, page: Page, *, expires_at: int) -> Page:
    """Store a page, and return it, or the one that another worker has stored first."""
    name = _name(plan_id, number)
    entries = orjson.dumps([[each.event_id, each.generation] for each in page.entries]).decode()
    item = {
        "kind": statements.text(_KIND),
        "name": statements.text(name),
        "entries": statements.text(entries),
        "cursor": statements.text(page.cursor),
        "expires_at": statements.number(expires_at),
    }
    write = statements.insert(_TABLE, item, key=f"{_KIND}/{name}", size_bytes=len(entries))
    try:
        connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed:
        return read(plan_id, number) or page
    return page


def read(plan_id: str, number: int) -> Page | None:
    """Return a page, None if it was not stored yet; one read."""
    answer = connection.call(
        "get_item",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=_TABLE,
        Key={"kind": statements.text(_KIND), "name": statements.text(_name(plan_id, number))},
        ConsistentRead=True,
    )
    item = answer.get("Item")
    if item is None:
        return None
    entries = (Entry(*each) for each in orjson.loads(item["entries"]["S"]))
    return Page(entries=tuple(entries), cursor=item["cursor"]["S"])


def _name(plan_id: str, number: int) -> str:
    return f"{plan_id}#{number:06d}"
