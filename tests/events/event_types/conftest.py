from collections.abc import Callable, Iterator
from typing import Any

import pytest

from events import services
from events.event_types import Definition, Mode
from events.queries import event_types
from events.services import would_be_rejections

SaveEventType = Callable[..., services.Plan]

SCHEMA = '{"type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}'


@pytest.fixture
def save_event_type(db: None, database_at_once: None) -> Iterator[SaveEventType]:  # noqa: ARG001  # SQL of the test's own
    """Register an event type that is enforced, unless said otherwise."""

    def save(name: str = "order.created", *, allow_incompatible: bool = False, **parts: Any) -> Any:
        defaults = {"name": name, "mode": Mode.ENFORCE, "schema_json": SCHEMA}
        definition = Definition(**defaults | parts)
        plan = services.save_event_type(
            definition, actor="tests", allow_incompatible=allow_incompatible
        )
        event_types.known_event_types.forget()
        return plan

    event_types.known_event_types.forget()
    would_be_rejections.tally.forget()
    yield save
    event_types.known_event_types.forget()
    would_be_rejections.tally.forget()
