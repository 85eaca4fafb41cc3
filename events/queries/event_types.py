"""Which event types there are: in memory, at most half a minute old."""

from collections.abc import Mapping

import structlog
from django.db.models import F

from events.event_types import (
    Definition,
    EventTypeRecord,
    InvalidSchema,
    Mode,
    Schema,
    compile_schema,
)
from events.models import EventType, SchemaVersion
from events.snapshot import Snapshot
from events.store import would_be_rejections
from events.store.would_be_rejections import WouldBeRejections

_logger = structlog.get_logger(__name__)

# A change of mode or schema holds everywhere after this time.
MAX_AGE_SECONDS = 30.0


def find_event_type(name: str) -> EventTypeRecord | None:
    """Return what is known of an event type; no query on the usual path.

    Raises DatabaseUnavailable if the event types were never read.
    """
    return known_event_types.get().get(name)


def list_event_types() -> list[EventTypeRecord]:
    """Return all event types by name, as ``find_event_type`` does."""
    return list(known_event_types.get().values())


def read_definitions() -> list[Definition]:
    """Return all event types as SQL has them now."""
    return [row.to_definition(schema) for row, schema in _rows_with_schemas()]


def get_would_be_rejections(*, tenant: str | None = None) -> Mapping[str, WouldBeRejections]:
    """Return, by event type, what its active schema would have refused of a tenant, or of all.

    Takes one query to the store; raises StoreUnavailable or StoreThrottled.
    """
    versions = {record.name: record.version for record in list_event_types()}
    return {
        name: found
        for (name, version), found in would_be_rejections.read(tenant=tenant).items()
        if versions.get(name) == version
    }


def _load() -> dict[str, EventTypeRecord]:
    records = {row.name: _record(row, version) for row, version in _rows_with_schemas()}
    # What was compiled is kept while it is in use.
    in_use = {record.definition.schema_json for record in records.values() if record.schema}
    for text in _known_schemas.keys() - in_use:
        _known_schemas.pop(text, None)
    return records


def _record(row: EventType, version: SchemaVersion | None) -> EventTypeRecord:
    return EventTypeRecord(
        definition=row.to_definition(version),
        version=None if version is None else version.number,
        updated_at=row.updated_at,
        schema=None if version is None or row.mode == Mode.OFF else _compiled(version),
    )


def _rows_with_schemas() -> list[tuple[EventType, SchemaVersion | None]]:
    rows = list(EventType.objects.all())
    active = SchemaVersion.objects.filter(number=F("event_type__version"))
    versions = {version.event_type_id: version for version in active}
    return [(row, versions.get(row.pk)) for row in rows]


def _compiled(version: SchemaVersion) -> Schema | None:
    known = _known_schemas.get(version.schema_json)
    if known is None:
        try:
            known = _known_schemas[version.schema_json] = compile_schema(version.schema_json)
        except InvalidSchema as error:
            # It was valid when it was saved: another release of the platform made it. Events go on
            # unchecked, as nobody can say what is wrong with them.
            _logger.error("schema_unusable", schema=version.pk, reason=str(error))  # noqa: TRY400
    return known


_known_schemas: dict[str, Schema] = {}
known_event_types = Snapshot(_load, max_age_seconds=MAX_AGE_SECONDS)
