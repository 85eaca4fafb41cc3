from typing import Any

import pytest

from events import metrics
from events.store import connection


class MeteredClient:
    """Answers with what the call took, as DynamoDB does when asked."""

    def __init__(self, consumed: Any) -> None:
        self._consumed = consumed
        self.asked: list[dict[str, Any]] = []

    def query(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        return {"ConsumedCapacity": self._consumed, "ResponseMetadata": {"HTTPHeaders": {}}}

    batch_execute_statement = describe_table = query


@pytest.mark.parametrize(
    ("operation", "kind", "consumed", "units"),
    [
        ("query", "read", {"CapacityUnits": 0.5}, 0.5),
        ("batch_execute_statement", "write", [{"CapacityUnits": 4}, {"CapacityUnits": 3}], 7),
        ("batch_execute_statement", "write", None, 0),
    ],
)
def test_it_counts_what_dynamodb_charges(
    monkeypatch: pytest.MonkeyPatch, *, operation: str, kind: str, consumed: Any, units: float
) -> None:
    client = MeteredClient(consumed)
    monkeypatch.setattr(connection, "_client", client)
    series = metrics.DYNAMODB_UNITS.labels(kind, operation)
    before = series._value.get()  # noqa: SLF001  # prometheus_client has no other way
    connection.call(operation, TableName="events")

    assert series._value.get() - before == units  # noqa: SLF001
    assert client.asked == [{"TableName": "events", "ReturnConsumedCapacity": "TOTAL"}]


def test_it_asks_for_no_figures_where_none_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    client = MeteredClient(None)
    monkeypatch.setattr(connection, "_client", client)
    connection.call("describe_table", TableName="events")

    assert client.asked == [{"TableName": "events"}]
