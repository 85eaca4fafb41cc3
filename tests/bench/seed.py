"""Stores events that have ended, without accepting them: ``python -m tests.bench.seed FIRST LAST``.

So a million take minutes. The first belong to the tenant that is measured, the others to others:
the emulator sorts all of a tenant's events for each list, as DynamoDB does not.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import django

from tests.bench.services import make_event

_TOGETHER = 25
_EVENTS_PER_TENANT = 10_000
_PATIENCE_SECONDS = 60.0


def main(first: int, last: int) -> None:
    django.setup()
    # The store reads its settings as it is imported.
    from events.store import connection  # noqa: PLC0415
    from events.store.events import TABLE  # noqa: PLC0415

    for start in range(first, last, _TOGETHER):
        numbers = range(start, min(start + _TOGETHER, last))
        puts = [{"PutRequest": {"Item": _make_item(number)}} for number in numbers]
        answer = connection.call(
            "batch_write_item", deadline_seconds=_PATIENCE_SECONDS, RequestItems={TABLE: puts}
        )
        assert not answer["UnprocessedItems"]


def _make_item(number: int) -> dict[str, Any]:
    from events.event import NewEvent, Status  # noqa: PLC0415  # as above
    from events.services.new_items import new_item  # noqa: PLC0415
    from events.store.shards import shard_count  # noqa: PLC0415

    tenant, payload = number // _EVENTS_PER_TENANT, json.dumps(make_event()["payload"])
    item = new_item(
        NewEvent(event_type="bench.noop", payload_json=payload),
        tenant=f"bench-{tenant}" if tenant else "bench",
        received_at=datetime.now(UTC),
        shards=shard_count(),
    )
    item.status = Status.SUCCEEDED.value
    # What is not open is neither claimed nor recovered.
    item.open_key = item.due_at = item.claimable_at = None
    serialized: dict[str, Any] = item.serialize()
    return serialized


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
