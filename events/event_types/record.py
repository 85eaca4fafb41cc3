"""What every process keeps in memory of an event type."""

from dataclasses import dataclass
from datetime import datetime

from events.event_types.definition import Definition, Mode
from events.event_types.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeRecord:
    """An event type with its active schema; ``version`` is None where it has none."""

    definition: Definition
    version: int | None
    updated_at: datetime
    # None where there is nothing to check: no schema, or the mode is off.
    schema: Schema | None

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def is_enforced(self) -> bool:
        return self.definition.mode is Mode.ENFORCE
