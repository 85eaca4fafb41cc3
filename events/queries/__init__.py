"""What may be asked about events: every read of the platform starts here."""

from events.queries.api_keys import find_api_key, list_api_keys
from events.queries.auditing import OVERDUE_AFTER, Audit, estimate_items
from events.queries.error_groups import ErrorGroupPage, get_error_group, list_error_groups
from events.queries.event_filter import EventFilter
from events.queries.event_types import (
    find_event_type,
    get_would_be_rejections,
    list_event_types,
    read_definitions,
)
from events.queries.events import get_event
from events.queries.explaining import explain_event
from events.queries.health import check_dependencies
from events.queries.listing import EventPage, list_events, sort_key_of
from events.queries.payloads import VersionedPayload, get_payload
from events.queries.platform_stats import get_platform_stats
from events.queries.replay_plans import (
    ReplayPreview,
    get_replay_plan,
    list_open_replay_plans,
    list_replay_plans,
    preview_replay,
)
from events.queries.stats import (
    get_counted_tenants,
    get_shard_count,
    get_stats,
    get_totals,
)

__all__ = [
    "OVERDUE_AFTER",
    "Audit",
    "ErrorGroupPage",
    "EventFilter",
    "EventPage",
    "ReplayPreview",
    "VersionedPayload",
    "check_dependencies",
    "estimate_items",
    "explain_event",
    "find_api_key",
    "find_event_type",
    "get_counted_tenants",
    "get_error_group",
    "get_event",
    "get_payload",
    "get_platform_stats",
    "get_replay_plan",
    "get_shard_count",
    "get_stats",
    "get_totals",
    "get_would_be_rejections",
    "list_api_keys",
    "list_error_groups",
    "list_event_types",
    "list_events",
    "list_open_replay_plans",
    "list_replay_plans",
    "preview_replay",
    "read_definitions",
    "sort_key_of",
]
