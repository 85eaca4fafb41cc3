"""What clients may ask of error groups, and how these look from outside."""

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from events.api.filters import PageInput
from events.api.models import EventType
from events.api.representations import show_time
from events.error_group import ErrorGroup, GroupOrder

_KNOWN_ORDERS = ", ".join(GroupOrder)


def _parse_order(text: object) -> GroupOrder:
    try:
        return GroupOrder(str(text))
    except ValueError:
        raise PydanticCustomError(
            "unknown_order", "It must be one of {known}.", {"known": _KNOWN_ORDERS}
        ) from None


class ErrorListInput(PageInput):
    """The parameters of a list of error groups."""

    event_type: EventType | None = None
    order: Annotated[GroupOrder, BeforeValidator(_parse_order)] = GroupOrder.NEWEST


def show_error_group(group: ErrorGroup) -> dict[str, Any]:
    return {
        "fingerprint": group.fingerprint,
        "event_type": group.event_type,
        "tenant": group.tenant,
        "error_type": group.error_type,
        "message": group.message,
        "failed_attempts": group.failed_attempts,
        "deaths": group.deaths,
        "first_seen_at": show_time(group.first_seen_at),
        "last_seen_at": show_time(group.last_seen_at),
        "first_version": group.first_version,
        "last_version": group.last_version,
        "example_event_id": group.example_event_id,
        "replay_filter": {"event_type": group.event_type, "error_fingerprint": group.fingerprint},
    }
