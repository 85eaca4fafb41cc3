"""The two DynamoDB tables, as PynamoDB models: the schema of everything stored."""

from django.conf import settings
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from events.store.attributes import Container, Map, MapOf, Text, WholeNumber


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

    time_key = Text(hash_key=True)
    sort_key = Text(range_key=True)


class TypeIndex(GlobalSecondaryIndex["EventItem"]):
    """Every event of a tenant and type, newest last."""

    class Meta:
        index_name = "by_type"
        projection = KeysOnlyProjection()

    type_key = Text(hash_key=True)
    sort_key = Text(range_key=True)


class DeadIndex(GlobalSecondaryIndex["EventItem"]):
    """The dead events of a tenant, newest last; sparse."""

    class Meta:
        index_name = "dead"
        projection = KeysOnlyProjection()

    dead_key = Text(hash_key=True)
    sort_key = Text(range_key=True)


class OpenIndex(GlobalSecondaryIndex["EventItem"]):
    """The events that must still move, by when recovery looks after them; sparse."""

    class Meta:
        index_name = "open"
        projection = KeysOnlyProjection()

    open_key = Text(hash_key=True)
    due_at = WholeNumber(range_key=True)


class AttemptMap(Map):
    """One attempt, under its own token in the event's map; the names are short for the bill."""

    generation = WholeNumber(attr_name="g")
    number = WholeNumber(attr_name="n", null=True)
    worker = Text(attr_name="w")
    version = Text(attr_name="v")
    started_at = WholeNumber(attr_name="s")
    ended_at = WholeNumber(attr_name="e", null=True)
    outcome = Text(attr_name="o", null=True)
    error_type = Text(attr_name="et", null=True)
    error_message = Text(attr_name="em", null=True)
    error_fingerprint = Text(attr_name="ef", null=True)
    error_traceback = Text(attr_name="tb", null=True)


class ReplayMap(Map):
    """The start of a generation above the first, under its number in the event's map."""

    replayed_at = WholeNumber(attr_name="t")
    actor = Text(attr_name="a")
    reason = Text(attr_name="r")
    plan_id = Text(attr_name="p", null=True)
    payload_version = WholeNumber(attr_name="v", null=True)
    traceparent = Text(attr_name="tp", null=True)


class PayloadMap(Map):
    """One payload of an event that has several, under its version in the event's map."""

    item_id = Text(attr_name="i", null=True)
    created_at = WholeNumber(attr_name="t")
    actor = Text(attr_name="a", null=True)


class ErasureMap(Map):
    """The erasure of an event's payload, under the generation that it was in."""

    erased_at = WholeNumber(attr_name="t")
    actor = Text(attr_name="a")
    reason = Text(attr_name="r")
    # Keys of payloads that are still to be deleted.
    unfinished = Text(attr_name="u", null=True)


class EventItem(Container, Model):
    """One event, or the large payload of one; times are microseconds since the epoch.

    ``sort_key`` is ``received_at#event_id``; the index keys end with the shard.
    """

    class Meta(_Meta):
        table_name = settings.EVENTS_TABLE

    by_time = TimeIndex()
    by_type = TypeIndex()
    dead = DeadIndex()
    open = OpenIndex()

    event_id = Text(hash_key=True)
    sort_key = Text(null=True)
    time_key = Text(null=True)
    type_key = Text(null=True)
    dead_key = Text(null=True)
    open_key = Text(null=True)
    due_at = WholeNumber(null=True)

    tenant = Text(null=True)
    event_type = Text(null=True)
    source = Text(null=True)
    subject = Text(null=True)
    # The client's JSON text; above the inline limit it is an item of its own, named here.
    payload = Text(null=True)
    payload_id = Text(null=True)
    # Only where the payload was edited; ``payload_id`` then names the newest.
    payload_versions = MapOf(PayloadMap, null=True)
    fingerprint = Text(null=True)
    # What a CloudEvent said besides, as JSON.
    cloudevent = Text(null=True)
    # The span of the request that brought it; only where tracing is on.
    traceparent = Text(null=True)

    status = Text(null=True)
    generation = WholeNumber(null=True)
    claimable_at = WholeNumber(null=True)
    owner = Text(null=True)
    message_id = Text(null=True)
    attempt_number = WholeNumber(null=True)
    attempt_count = WholeNumber(null=True)
    attempts = MapOf(AttemptMap, null=True)
    replays = MapOf(ReplayMap, null=True)
    erasures = MapOf(ErasureMap, null=True)
    result = Text(null=True)
    process_at = WholeNumber(null=True)
    updated_at = WholeNumber(null=True)
    # Seconds, as DynamoDB's time to live wants them.
    expires_at = WholeNumber()


class PlatformItem(Model):
    """What the platform itself remembers: shard count, leases, counters, plans; a ``kind`` each."""

    class Meta(_Meta):
        table_name = settings.PLATFORM_TABLE

    kind = Text(hash_key=True)
    name = Text(range_key=True)
    shards = WholeNumber(attr_name="count", null=True)
    owner = Text(null=True)
    lease_ends_at = WholeNumber(null=True)
    # A token bucket's one number.
    filling_since = WholeNumber(null=True)
    # Of counters: JSON by event type, and how much it adds up to.
    counts = Text(null=True)
    size = WholeNumber(null=True)
    # Of an error group, as JSON.
    group = Text(null=True)
    # Of a worker's heartbeat; the time in microseconds.
    host = Text(null=True)
    version = Text(null=True)
    active = WholeNumber(null=True)
    seen_at = WholeNumber(null=True)
    # Of a replay plan and of its pages.
    plan = Text(null=True)
    state = Text(null=True)
    changed_by = Text(null=True)
    changed_at = WholeNumber(null=True)
    cursor = Text(null=True)
    pages = WholeNumber(null=True)
    done = WholeNumber(null=True)
    settled_pages = WholeNumber(null=True)
    outcomes = Text(null=True)
    # Of a pause, as JSON.
    pause = Text(null=True)
    entries = Text(null=True)
    expires_at = WholeNumber(null=True)
