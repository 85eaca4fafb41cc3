from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import queries
from events.event import Status
from events.queries import EventFilter, listing
from events.store import codec
from tests.factories import TENANT, accept_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher

SHARDS = 4
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _open_event(
    store: None,  # noqa: ARG001  # before it
    dispatcher: FakeDispatcher,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A slow machine must not make pages short.
    monkeypatch.setattr(listing, "SEARCH_SECONDS", 600.0)
    accept_event(idempotency_key="key-1", source="shop")


def fill(dynamodb: FakeDynamoDB, count: int) -> None:
    """Put finished events of 1 KB into the table, every hundredth one dead, without calls."""
    closed = dynamodb.events.items()[0]
    del closed["open_key"], closed["due_at"]
    closed["payload"] = {"S": "x" * 500}
    ids = [f"00000000-0000-7000-8000-{i:012}" for i in range(count)]
    dynamodb.events.load(closed | finished(each, i) for i, each in enumerate(ids))


def finished(event_id: str, position: int) -> dict[str, Any]:
    received_at = codec.to_text(NOW - timedelta(milliseconds=position))
    shard = codec.shard_of(event_id, SHARDS)
    texts = {
        "event_id": event_id,
        "sort_key": f"{received_at}#{event_id}",
        "time_key": f"{TENANT}#{shard}",
        "type_key": f"{TENANT}#order.created#{shard}",
        "status": "succeeded",
    }
    if position % 100 == 0:
        texts |= {"status": "dead", "dead_key": f"{TENANT}#{shard}"}
    return {name: {"S": text} for name, text in texts.items()}


def cost_of(dynamodb: FakeDynamoDB, event_filter: EventFilter, limit: int) -> dict[str, float]:
    dynamodb.calls.clear()
    dynamodb.read_units = 0
    queries.list_events(tenants=[TENANT], event_filter=event_filter, limit=limit)
    return {**dynamodb.calls, "read_units": dynamodb.read_units}


@pytest.mark.timeout(300)
def test_it_costs_the_same_however_many_events_there_are(dynamodb: FakeDynamoDB) -> None:
    filters = [
        EventFilter(),
        EventFilter(event_type="order.created"),
        EventFilter(status=Status.PENDING),
        EventFilter(received_before=NOW - timedelta(milliseconds=300)),
    ]
    fill(dynamodb, 1_000)
    of_thousand = [cost_of(dynamodb, each, 50) for each in filters]
    fill(dynamodb, 100_000)

    assert [cost_of(dynamodb, each, 50) for each in filters] == of_thousand


@pytest.mark.parametrize(
    ("asked", "limit", "calls", "read_units"),
    [
        ({}, 1, {"get_item": 1, "query": 4, "batch_get_item": 1}, 4),
        ({}, 50, {"get_item": 1, "query": 4, "batch_get_item": 1}, 55),
        ({}, 200, {"get_item": 1, "query": 4, "batch_get_item": 2}, 215),
        ({"event_type": "order.created"}, 50, {"get_item": 1, "query": 4, "batch_get_item": 1}, 55),
        ({"status": Status.DEAD}, 50, {"get_item": 1, "query": 4, "batch_get_item": 1}, 53),
        ({"status": Status.PENDING}, 50, {"get_item": 1, "query": 4, "batch_get_item": 1}, 4),
        ({"status": Status.SUCCEEDED}, 50, {"get_item": 1, "query": 4, "batch_get_item": 1}, 115),
        ({"idempotency_key": "key-1"}, 50, {"batch_get_item": 1}, 1),
        ({"source": "nowhere"}, 50, {"get_item": 1, "query": 12, "batch_get_item": 20}, 2_043),
    ],
)
def test_it_costs_what_the_documentation_says(
    *,
    dynamodb: FakeDynamoDB,
    asked: dict[str, Any],
    limit: int,
    calls: dict[str, int],
    read_units: float,
) -> None:
    fill(dynamodb, 5_000)
    cost = cost_of(dynamodb, EventFilter(**asked), limit)

    assert cost.pop("read_units") == read_units
    assert cost == Counter(calls)
