"""Reading many events at once."""

import random
import time
from collections.abc import Sequence

from events.errors import StoreThrottled
from events.store import codec, connection, statements
from events.store.events import READ_DEADLINE_SECONDS, TABLE
from events.store.models import EventItem
from events.store.parallel import at_once

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_KEYS_PER_CALL = 100
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 0.5

# What a list shows; payload and attempts are most of an event, and a list has neither.
_ROW = (
    "event_id",
    "sort_key",
    "tenant",
    "event_type",
    "source",
    "subject",
    "status",
    "generation",
    "claimable_at",
    "attempt_number",
    "attempt_count",
    "replays",
    "payload_versions",
    "erasures",
    "result",
    "process_at",
    "updated_at",
    "expires_at",
)

_WHOLE = (*_ROW, "attempts", "owner", "payload", "payload_id", "cloudevent")


def read_whole(event_ids: Sequence[str]) -> list[EventItem]:
    """Read events with all that clients see but large payloads; who is gone is left out."""
    return read_parts(event_ids, _WHOLE)


def read_rows(event_ids: Sequence[str], *, with_attempts: bool = False) -> list[EventItem]:
    """Read events without their payloads, in any order; who is gone is left out.

    The reads are consistent: an index may know an event before each copy of the table does.
    """
    names = (*_ROW, "attempts", "owner") if with_attempts else _ROW
    return read_parts(event_ids, names)


def read_parts(event_ids: Sequence[str], names: Sequence[str]) -> list[EventItem]:
    """Read these attributes of events, in any order; who is gone is left out."""
    starts = range(0, len(event_ids), _KEYS_PER_CALL)
    chunks = [event_ids[start : start + _KEYS_PER_CALL] for start in starts]
    answers = at_once(lambda chunk: _read_chunk(chunk, names), chunks)
    # A payload's item has no status: it is no event.
    raws = [raw for answer in answers for raw in answer if "status" in raw]
    return [codec.read_item(raw) for raw in raws]


def _read_chunk(event_ids: Sequence[str], names: Sequence[str]) -> list[connection.Item]:
    """Read up to a hundred items; DynamoDB may leave some for another call, as when throttling."""
    ends_at = time.monotonic() + READ_DEADLINE_SECONDS
    wait_seconds = _FIRST_WAIT_SECONDS
    keys = [{"event_id": statements.text(each)} for each in event_ids]
    found: list[connection.Item] = []
    while True:
        answer = _get_batch(keys, names, ends_at - time.monotonic())
        found += answer["Responses"].get(TABLE, [])
        keys = answer.get("UnprocessedKeys", {}).get(TABLE, {}).get("Keys", [])
        if not keys:
            return found
        if time.monotonic() + wait_seconds >= ends_at:
            raise StoreThrottled(f"{len(keys)} of {len(event_ids)} rows were not read in time")
        time.sleep(random.uniform(wait_seconds / 2, wait_seconds))  # noqa: S311  # jitter
        wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)


def _get_batch(
    keys: list[dict[str, connection.Value]], names: Sequence[str], deadline_seconds: float
) -> connection.Item:
    # Many of our names are reserved words.
    placeholders = {f"#{position}": name for position, name in enumerate(names)}
    request = {
        "Keys": keys,
        "ConsistentRead": True,
        "ProjectionExpression": ", ".join(placeholders),
        "ExpressionAttributeNames": placeholders,
    }
    answer: connection.Item = connection.call(
        "batch_get_item", deadline_seconds=deadline_seconds, RequestItems={TABLE: request}
    )
    return answer
