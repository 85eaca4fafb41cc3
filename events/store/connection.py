"""The one way to DynamoDB: a shared client, group-committed statements, translated errors."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from events import clock, metrics, timings
from events.direct_client import DirectClient
from events.errors import EventError, Retryable, StoreThrottled, StoreUnavailable
from events.group_commit import (
    GroupCommit,
    GroupCommitAborted,
    GroupCommitFull,
    GroupCommitTimeout,
)
from events.store.models import EventItem, PlatformItem

logger = structlog.get_logger(__name__)

# A value as DynamoDB's wire has it: {"S": "text"}, {"N": "1"}, {"M": {...}}.
Value = Mapping[str, Any]
Item = dict[str, Any]
Answer = TypeVar("Answer")

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
_STATEMENTS_PER_CALL = 25
_BYTES_PER_CALL = 4_000_000
_THROTTLES = {
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}
# A conflict with another write to the same item is over in milliseconds.
_FAULTS = {"InternalServerError", "TransactionConflict", "ServiceUnavailable", "InternalFailure"}
# Those that DynamoDB charges for; saying for how much costs nothing.
_METERED = {"batch_execute_statement", "batch_get_item", "delete_item", "get_item", "put_item"}
_METERED |= {"query", "scan"}
# What requests, tasks and lists are made of; the rest comes every few seconds at most.
_DIRECT_OPERATIONS = ("BatchExecuteStatement", "BatchGetItem", "GetItem", "Query")
_WAITING_ERRORS = (GroupCommitFull, GroupCommitTimeout, GroupCommitAborted)
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 1.0


class ConditionFailed(EventError):
    """The statement's condition was false; ``item`` is what stood in the way, if anything."""

    code = "condition_failed"

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition was false")
        self.item = item


@dataclass(frozen=True, slots=True)
class Statement:
    """A PartiQL write of one item; ``key`` is the item's own, since no call may have it twice."""

    text: str
    parameters: Sequence[Value]
    key: str
    size_bytes: int = 0


@timings.spent_in("store")
def execute(statement: Statement, *, deadline_seconds: float) -> Item | None:
    """Write one item in company and return what the statement returns.

    Raises ConditionFailed, StoreThrottled or StoreUnavailable. Throttling and faults are tried
    again until the deadline, so a statement must be safe to repeat: its condition must tell its
    own first write from somebody else's.
    """
    ends_at = time.monotonic() + deadline_seconds
    return _persist(lambda: _submit(statement, max(0.1, ends_at - time.monotonic())), ends_at)


@timings.spent_in("store")
def execute_all(
    writes: Sequence[Statement], *, deadline_seconds: float
) -> list[Item | EventError | None]:
    """Write many items in full calls and return, in order, what ``execute`` returns or raises.

    Only what was throttled or met a fault is tried again. Writes of one item race.
    """
    ends_at = time.monotonic() + deadline_seconds
    outcomes: list[Item | EventError | None] = [None] * len(writes)
    open_places = list(range(len(writes)))
    waits = _waits()
    while True:
        left_seconds = max(0.1, ends_at - time.monotonic())
        attempted = _submit_all([writes[place] for place in open_places], left_seconds)
        for place, outcome in zip(open_places, attempted, strict=True):
            outcomes[place] = outcome
        open_places = [place for place in open_places if isinstance(outcomes[place], Retryable)]
        wait_seconds = next(waits)
        if not open_places or time.monotonic() + wait_seconds >= ends_at:
            return outcomes
        time.sleep(wait_seconds)


@timings.spent_in("store")
def call(operation: str, *, deadline_seconds: float = 0.0, **arguments: Any) -> Any:
    """Make one call that is not a grouped write; raises StoreThrottled or StoreUnavailable.

    With a deadline, throttling and faults are tried again until then.
    """
    ends_at = time.monotonic() + deadline_seconds
    return _persist(lambda: _call(operation, arguments), ends_at)


def _persist(attempt: Callable[[], Answer], ends_at: float) -> Answer:
    waits = _waits()
    while True:
        try:
            return attempt()
        except (StoreThrottled, StoreUnavailable):
            wait_seconds = next(waits)
            if time.monotonic() + wait_seconds >= ends_at:
                raise
        time.sleep(wait_seconds)


def _waits() -> Iterator[float]:
    """Yield the seconds before each next try, for ever."""
    seconds = _FIRST_WAIT_SECONDS
    while True:
        yield random.uniform(seconds / 2, seconds)  # noqa: S311  # jitter
        seconds = min(2 * seconds, _LONGEST_WAIT_SECONDS)


def _call(operation: str, arguments: Mapping[str, Any]) -> Any:
    if operation in _METERED:
        arguments = {**arguments, "ReturnConsumedCapacity": "TOTAL"}
    sent_at = time.time()
    try:
        answer = getattr(client(), operation)(**arguments)
    except (ClientError, BotoCoreError) as error:
        translated = _translate(error)
        metrics.aws_calls("dynamodb", operation, _kind_of(translated)).inc()
        try:
            raise translated from error
        finally:
            # Its traceback knows this frame: a cycle.
            del translated
    metrics.aws_calls("dynamodb", operation, "ok").inc()
    if consumed := answer.get("ConsumedCapacity"):
        # A list where a call may reach several tables.
        tables = consumed if isinstance(consumed, list) else [consumed]
        units = sum(each["CapacityUnits"] for each in tables)
        metrics.dynamodb_units(operation).inc(units)
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date:
        clock.observe(date, sent_at=sent_at, received_at=time.time())
    return answer


def client() -> Any:
    """Return the process's one DynamoDB client, the event model's own."""
    global _client  # noqa: PLW0603  # one per process, made once
    if _client is None:
        with _client_lock:
            # PynamoDB makes the client on first use and without a lock.
            made = EventItem._get_connection().connection.client  # noqa: SLF001
            _client = DirectClient(made, *_DIRECT_OPERATIONS)
    return _client


def _submit(statement: Statement, timeout_seconds: float) -> Item | None:
    try:
        return _statements.submit(
            statement,
            key=statement.key,
            size_bytes=statement.size_bytes,
            timeout_seconds=timeout_seconds,
        )
    except _WAITING_ERRORS as error:
        raise StoreUnavailable(str(error)) from error


def _submit_all(writes: Sequence[Statement], timeout_seconds: float) -> list[Any]:
    outcomes = _statements.submit_all(
        writes,
        key_of=attrgetter("key"),
        size_of=attrgetter("size_bytes"),
        timeout_seconds=timeout_seconds,
    )
    return [
        StoreUnavailable(str(outcome)) if isinstance(outcome, _WAITING_ERRORS) else outcome
        for outcome in outcomes
    ]


def _kind_of(error: Exception) -> str:
    if isinstance(error, ConditionFailed):
        return "ok"
    return "throttled" if isinstance(error, StoreThrottled) else "failed"


def _send(statements: list[Statement]) -> list[Item | Exception | None]:
    answer = call(
        "batch_execute_statement",
        Statements=[
            {
                "Statement": each.text,
                "Parameters": list(each.parameters),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
            for each in statements
        ],
    )
    responses = answer.get("Responses")
    if responses is None:
        # Something on the way answered in DynamoDB's place.
        raise StoreUnavailable("the answer holds no Responses")
    metrics.GROUP_COMMIT_ENTRIES.observe(len(statements))
    return [_counted_outcome(response) for response in responses]


def _counted_outcome(response: Mapping[str, Any]) -> Item | Exception | None:
    outcome = _outcome(response)
    if isinstance(outcome, StoreThrottled):
        metrics.aws_calls("dynamodb", "batch_execute_statement", "throttled").inc()
    return outcome


def _outcome(response: Mapping[str, Any]) -> Item | Exception | None:
    error = response.get("Error")
    if error is None:
        return response.get("Item")
    if error["Code"] in ("ConditionalCheckFailed", "DuplicateItem"):
        return ConditionFailed(error.get("Item"))
    return _from_code(error["Code"], error.get("Message", ""))


def _translate(error: Exception) -> Exception:
    if not isinstance(error, ClientError):
        return StoreUnavailable(f"{type(error).__name__}: {error}")
    details = error.response["Error"]
    if details["Code"] == "ConditionalCheckFailedException":
        return ConditionFailed(error.response.get("Item"))
    return _from_code(details["Code"], details.get("Message", ""))


def _from_code(code: str, message: str) -> Exception:
    if code in _THROTTLES:
        return StoreThrottled(f"{code}: {message}")
    if code not in _FAULTS:
        # Not a fault of the moment: a missing table, a missing right. Whoever runs this must know.
        logger.error("store_refused", code=code, reason=message)
    return StoreUnavailable(f"{code}: {message}")


def _forget_connections() -> None:
    # Two processes must not read each other's answers from one socket.
    global _client, _client_lock  # noqa: PLW0603
    _client = None
    _client_lock = threading.Lock()
    for model in (EventItem, PlatformItem):
        model._connection = None  # noqa: SLF001


_client: Any = None
_client_lock = threading.Lock()
_statements: GroupCommit[Statement, Item | None] = GroupCommit(
    _send,
    max_entries=_STATEMENTS_PER_CALL,
    max_bytes=_BYTES_PER_CALL,
    # Not a handler's time limit, which may strike while its thread leads a call.
    shared_errors=(EventError,),
)
os.register_at_fork(after_in_child=_forget_connections)
