"""The platform's own metrics, each named once; labels hold codes and words, never ids.

What a label takes from clients, the type of an event, is bounded: types beyond the first 200 of a
process share one. Time series are found once and kept, for counting is on every event's path.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from events.counts import OTHER_TYPES, TYPES_PER_TENANT

BUILD_INFO = Gauge(
    "events_build_info",
    "Always 1; the version that the process runs, as git describes it.",
    ["version"],
    multiprocess_mode="max",
)
EVENTS_ACCEPTED = Counter(
    "events_accepted",
    "Events that the API accepted; a repeat carried an idempotency key that had come before.",
    ["kind"],
)
API_PROBLEMS = Counter(
    "events_api_problems",
    "API answers that were problem documents, by their stable code.",
    ["code"],
)
EVENTS_REJECTED = Counter(
    "events_rejected",
    "Entries of batches that were not accepted, by the code of their problem.",
    ["code"],
)
EVENTS_DISPATCHED = Counter(
    "events_dispatched",
    "Events sent to the work queue; recovery sends again what SQS did not take.",
    ["outcome"],
)
ATTEMPTS = Counter(
    "events_attempts",
    "Attempts that ended, by how.",
    ["event_type", "outcome"],
)
EVENTS_DEAD = Counter("events_dead", "Events that died.", ["event_type"])
EVENTS_REPLAYED = Counter(
    "events_replayed", "Events that were replayed, by the status they had.", ["status"]
)
EVENTS_RECOVERED = Counter("events_recovered", "Events that recovery dispatched again.")
RECOVERY_LOOKS = Counter(
    "events_recovery_looks", "Looks of recovery at its shards, by how they ended.", ["outcome"]
)
PROCESSING_SECONDS = Histogram(
    "events_processing_seconds",
    "How long an attempt took, from claim to outcome.",
    ["event_type"],
    buckets=(0.005, 0.025, 0.1, 0.5, 1, 5, 30, 300),
)
QUEUE_WAIT_SECONDS = Histogram(
    "events_queue_wait_seconds",
    "How long an event waited for its first attempt once it was due.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30, 60, 300, 3_600),
)
ACCEPT_TO_SUCCESS_SECONDS = Histogram(
    "events_accept_to_success_seconds",
    "How long an event took to succeed since it was accepted, due or replayed.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600),
)
GROUP_COMMIT_ENTRIES = Histogram(
    "events_group_commit_entries",
    "How many writes shared one call to DynamoDB.",
    buckets=(1, 2, 3, 5, 8, 13, 20, 25),
)
AWS_CALLS = Counter(
    "events_aws_calls",
    "Calls to AWS by service, operation and outcome: ok, throttled or failed.",
    ["service", "operation", "outcome"],
)
DYNAMODB_UNITS = Counter(
    "events_dynamodb_units",
    "Capacity that DynamoDB charged, its indexes included: read or write units, by operation.",
    ["kind", "operation"],
)
WORKER_SLOTS = Gauge(
    "events_worker_slots",
    "How many handlers the worker process can run at once.",
    multiprocess_mode="livemax",
)

count_new = EVENTS_ACCEPTED.labels("new").inc
count_repeats = EVENTS_ACCEPTED.labels("repeat").inc
count_sent = EVENTS_DISPATCHED.labels("sent").inc
count_unsent = EVENTS_DISPATCHED.labels("failed").inc


class BoundedTypes:
    """Which event types have a label of their own: the first that come, up to a limit."""

    def __init__(self, limit: int = TYPES_PER_TENANT) -> None:
        self._limit = limit
        self._known: set[str] = set()

    def label(self, event_type: str) -> str:
        if event_type in self._known:
            return event_type
        if len(self._known) < self._limit:
            self._known.add(event_type)
            return event_type
        return OTHER_TYPES


_READING = {"batch_get_item", "get_item", "query", "scan"}
_types = BoundedTypes()
# By type as it came; what is beyond the limit is not kept, since there may be any number of it.
_of_type: dict[tuple[str, str], tuple[Callable[..., None], Callable[[float], None]]] = {}


def count_attempt(event_type: str, outcome: str, seconds: float) -> None:
    """Count an attempt that ended and how long it took."""
    label = _types.label(event_type)
    found = _of_type.get((label, outcome))
    if found is None:
        counter = ATTEMPTS.labels(label, outcome).inc
        found = _of_type[label, outcome] = counter, PROCESSING_SECONDS.labels(label).observe
    count, observe = found
    count()
    observe(seconds)


def count_death(event_type: str) -> None:
    EVENTS_DEAD.labels(_types.label(event_type)).inc()


@cache
def aws_calls(service: str, operation: str, outcome: str) -> Any:
    """Return the series of a kind of call; there are as many as the platform's own code makes."""
    return AWS_CALLS.labels(service, operation, outcome)


@cache
def dynamodb_units(operation: str) -> Any:
    """Return the series of an operation's units; as bounded as ``aws_calls``."""
    kind = "read" if operation in _READING else "write"
    return DYNAMODB_UNITS.labels(kind, operation)
