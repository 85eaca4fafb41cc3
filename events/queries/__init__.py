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
from events.queries.events import get_event, get_events_by_id
from events.queries.explaining import explain_event
from events.queries.exporting import export_events
from events.queries.health import check_dependencies, name_pauses
from events.queries.listing import EventPage, list_events, sort_key_of
from events.queries.overview import Counted, LastHour, count_dead, get_last_hour
from events.queries.pauses import (
    count_waiting,
    find_pause,
    get_pause,
    list_known_pauses,
    list_live_pauses,
    list_pauses,
)
from events.queries.payloads import VersionedPayload, get_payload
from events.queries.platform_stats import get_platform_stats
from events.queries.replay_plans import (
    ReplayPreview,
    get_replay_plan,
    list_open_replay_plans,
    list_replay_plans,
    list_replay_plans_of,
    preview_replay,
)
from events.queries.staff import find_events, get_stored_item, get_tenants, read_events
from events.queries.stats import (
    get_counted_tenants,
    get_shard_count,
    get_stats,
    get_totals,
)

__all__ = [
    "OVERDUE_AFTER",
    "Audit",
    "Counted",
    "ErrorGroupPage",
    "EventFilter",
    "EventPage",
    "LastHour",
    "ReplayPreview",
    "VersionedPayload",
    "check_dependencies",
    "count_dead",
    "count_waiting",
    "estimate_items",
    "explain_event",
    "export_events",
    "find_api_key",
    "find_event_type",
    "find_events",
    "find_pause",
    "get_counted_tenants",
    "get_error_group",
    "get_event",
    "get_events_by_id",
    "get_last_hour",
    "get_pause",
    "get_payload",
    "get_platform_stats",
    "get_replay_plan",
    "get_shard_count",
    "get_stats",
    "get_stored_item",
    "get_tenants",
    "get_totals",
    "get_would_be_rejections",
    "list_api_keys",
    "list_error_groups",
    "list_event_types",
    "list_events",
    "list_known_pauses",
    "list_live_pauses",
    "list_open_replay_plans",
    "list_pauses",
    "list_replay_plans",
    "list_replay_plans_of",
    "name_pauses",
    "preview_replay",
    "read_definitions",
    "read_events",
    "sort_key_of",
]
