"""Every call of the API, described by subject; the keys are method and path."""

from events.api.schema.operation import Operations
from events.api.schema.operations import (
    description,
    error_groups,
    event_types,
    events,
    explaining,
    exporting,
    health,
    listing,
    pauses,
    posting,
    replays,
    stats,
)

OPERATIONS: Operations = {
    **posting.OPERATIONS,
    **events.OPERATIONS,
    **explaining.OPERATIONS,
    **listing.OPERATIONS,
    **exporting.OPERATIONS,
    **replays.OPERATIONS,
    **pauses.OPERATIONS,
    **error_groups.OPERATIONS,
    **event_types.OPERATIONS,
    **stats.OPERATIONS,
    **health.OPERATIONS,
    **description.OPERATIONS,
}
