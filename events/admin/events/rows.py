"""Events as the admin's lists take them: what of a QuerySet they touch, over the store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from events import queries
from events.event import Event
from events.models import Event as Row
from events.queries import EventFilter


def to_row(event: Event) -> Row:
    row = Row(event_id=event.event_id)
    row.event = event
    return row


class _Query:
    """What the admin asks of ``QuerySet.query``."""

    select_related = False
    order_by = ()


@dataclass(frozen=True)
class Rows:
    """Which events a list is to show; nothing is read before somebody iterates.

    ``faults`` say what is wrong with what was asked: such a list is empty.
    """

    tenants: Sequence[str]
    event_filter: EventFilter = EventFilter()  # noqa: RUF009  # frozen
    search: str = ""
    event_ids: Sequence[str] | None = None
    faults: tuple[str, ...] = ()
    model: Any = field(default=Row, repr=False)
    query: Any = field(default=_Query, repr=False)
    ordered: bool = True
    db: str = "default"

    def narrow(self, **fields: Any) -> "Rows":
        return replace(self, event_filter=replace(self.event_filter, **fields))

    def refuse(self, fault: str) -> "Rows":
        return replace(self, faults=(*self.faults, fault))

    def filter(self, *_: Q, **fields: Any) -> "Rows":
        return replace(self, event_ids=fields.get("pk__in", self.event_ids))

    def order_by(self, *_: str) -> "Rows":
        return self

    def _clone(self) -> "Rows":
        return self

    all = _clone

    def count(self) -> int:
        return len(self.event_ids or ())

    __len__ = count

    def __iter__(self) -> Iterator[Row]:
        """Read those that are named, whatever else is asked of the list."""
        return map(to_row, queries.read_events(self.event_ids or ()))
