"""The two DynamoDB tables, as PynamoDB models: schema and codec of everything stored."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from django.conf import settings
from pynamodb.attributes import Attribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.constants import MAP, PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

Entry = TypeVar("Entry", bound=MapAttribute[Any, Any])


class MapOf(Attribute[dict[str, Entry]], Generic[Entry]):
    """A map whose keys are free and whose values are all of one kind."""

    attr_type = MAP

    def __init__(self, entry: type[Entry], **options: Any) -> None:
        super().__init__(**options)
        self._entry = entry

    def serialize(self, value: Mapping[str, Entry]) -> dict[str, dict[str, Any]]:
        codec = self._entry()
        return {key: {MAP: codec.serialize(entry)} for key, entry in value.items()}

    def deserialize(self, value: Mapping[str, Mapping[str, Any]]) -> dict[str, Entry]:
        codec: Any = self._entry()
        return {key: codec.deserialize(dict(raw[MAP])) for key, raw in value.items()}


class _Meta:
    region = settings.AWS_REGION
    host = settings.AWS_ENDPOINT_URL or None
    billing_mode = PAY_PER_REQUEST_BILLING_MODE
    connect_timeout_seconds = 1
    read_timeout_seconds = 2
    # store.connection repeats what may be repeated, statement by statement.
    max_retry_attempts = 0
    max_pool_connections = 64


class TimeIndex(GlobalSecondaryIndex["EventItem"]):
    """Every event of a tenant, newest last."""

    class Meta:
        index_name = "by_time"
        projection = KeysOnlyProjection()

    time_key = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)


class TypeIndex(GlobalSecondaryIndex["EventItem"]):
    """Every event of a tenant and type, newest last."""

    class Meta:
        index_name = "by_type"
        projection = KeysOnlyProjection()

    type_key = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)


class DeadIndex(GlobalSecondaryIndex["EventItem"]):
    """The dead events of a tenant, newest last; sparse."""

    class Meta:
        index_name = "dead"
        projection = KeysOnlyProjection()

    dead_key = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)


class OpenIndex(GlobalSecondaryIndex["EventItem"]):
    """The events that must still move, by when recovery looks after them; sparse."""

    class Meta:
        index_name = "open"
        projection = KeysOnlyProjection()

    open_key = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class _Map(MapAttribute[str, Any]):
    """PynamoDB's map, with types on what it leaves without."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)  # type: ignore[no-untyped-call]  # see the class


class AttemptMap(_Map):
    """One attempt, under its own token in the event's map; the names are short for the bill."""

    generation = NumberAttribute(attr_name="g")
    number = NumberAttribute(attr_name="n", null=True)
    worker = UnicodeAttribute(attr_name="w")
    version = UnicodeAttribute(attr_name="v")
    started_at = NumberAttribute(attr_name="s")
    ended_at = NumberAttribute(attr_name="e", null=True)
    outcome = UnicodeAttribute(attr_name="o", null=True)
    error_type = UnicodeAttribute(attr_name="et", null=True)
    error_message = UnicodeAttribute(attr_name="em", null=True)
    error_fingerprint = UnicodeAttribute(attr_name="ef", null=True)
    error_traceback = UnicodeAttribute(attr_name="tb", null=True)


class ReplayMap(_Map):
    """The start of a generation above the first, under its number in the event's map."""

    replayed_at = NumberAttribute(attr_name="t")
    actor = UnicodeAttribute(attr_name="a")
    reason = UnicodeAttribute(attr_name="r")


class EventItem(Model):
    """One event, or the large payload of one; times are microseconds since the epoch.

    ``sort_key`` is ``received_at#event_id``; the index keys end with the shard.
    """

    class Meta(_Meta):
        table_name = settings.EVENTS_TABLE

    by_time = TimeIndex()
    by_type = TypeIndex()
    dead = DeadIndex()
    open = OpenIndex()

    event_id = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(null=True)
    time_key = UnicodeAttribute(null=True)
    type_key = UnicodeAttribute(null=True)
    dead_key = UnicodeAttribute(null=True)
    open_key = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)

    tenant = UnicodeAttribute(null=True)
    event_type = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    # The client's JSON text; above the inline limit it is an item of its own, named here.
    payload = UnicodeAttribute(null=True)
    payload_id = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)

    status = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    claimable_at = NumberAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    attempt_number = NumberAttribute(null=True)
    attempt_count = NumberAttribute(null=True)
    attempts = MapOf(AttemptMap, null=True)
    replays = MapOf(ReplayMap, null=True)
    result = UnicodeAttribute(null=True)
    process_at = NumberAttribute(null=True)
    updated_at = NumberAttribute(null=True)
    # Seconds, as DynamoDB's time to live wants them.
    expires_at = NumberAttribute()


class PlatformItem(Model):
    """What the platform itself remembers: the shard count, leases; one ``kind`` each."""

    class Meta(_Meta):
        table_name = settings.PLATFORM_TABLE

    kind = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    shards = NumberAttribute(attr_name="count", null=True)
    owner = UnicodeAttribute(null=True)
    lease_ends_at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
