"""What may be asked about events: every read of the platform starts here."""

from events.queries.events import get_event
from events.queries.health import check_dependencies
from events.queries.stats import get_shard_count, get_stats

__all__ = ["check_dependencies", "get_event", "get_shard_count", "get_stats"]
