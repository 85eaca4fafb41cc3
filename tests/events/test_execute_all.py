"""Many writes of one caller: each has its own outcome, and only what failed goes once more."""

from typing import Any

import pytest

from events.errors import StoreThrottled, StoreUnavailable
from events.store import connection, statements
from events.store.connection import ConditionFailed, Statement
from events.store.models import EventItem
from tests.fake_dynamodb import FakeDynamoDB, Fault

TABLE = EventItem.Meta.table_name


def insert(event_id: str) -> Statement:
    item = {"event_id": statements.text(event_id), "expires_at": statements.number(1)}
    return statements.insert(TABLE, dict(item), key=event_id, size_bytes=100)


def inserts(count: int) -> list[Statement]:
    return [insert(f"event-{number}") for number in range(count)]


def test_it_writes_a_thousand_in_full_calls(dynamodb: FakeDynamoDB) -> None:
    outcomes = connection.execute_all(inserts(1_000), deadline_seconds=20)

    assert outcomes == [None] * 1_000
    assert dynamodb.calls == {"batch_execute_statement": 40}


def test_it_has_nothing_to_write(dynamodb: FakeDynamoDB) -> None:
    assert connection.execute_all([], deadline_seconds=1) == []
    assert not dynamodb.calls


def test_it_tells_each_write_whether_its_condition_held(dynamodb: FakeDynamoDB) -> None:
    connection.execute(insert("event-1"), deadline_seconds=1)

    first, taken, last = connection.execute_all(inserts(3), deadline_seconds=1)

    assert (first, last) == (None, None)
    assert isinstance(taken, ConditionFailed)
    assert dynamodb.calls["batch_execute_statement"] == 2


def test_it_tries_again_only_what_was_throttled(dynamodb: FakeDynamoDB) -> None:
    dynamodb.statements_to_throttle = 3
    outcomes = connection.execute_all(inserts(100), deadline_seconds=20)

    assert outcomes == [None] * 100
    assert dynamodb.calls["batch_execute_statement"] == 5


def test_it_tries_again_only_the_call_that_failed(dynamodb: FakeDynamoDB) -> None:
    dynamodb.fail_next(None, Fault.THROTTLE, None)
    outcomes = connection.execute_all(inserts(75), deadline_seconds=20)

    assert outcomes == [None] * 75
    assert dynamodb.calls["batch_execute_statement"] == 4


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.THROTTLE, StoreThrottled), (Fault.AWAY, StoreUnavailable)]
)
def test_it_gives_up_at_the_deadline(
    fault: Fault, error: type[Exception], dynamodb: FakeDynamoDB
) -> None:
    dynamodb.fail_next(*[fault] * 1_000)
    outcomes = connection.execute_all(inserts(30), deadline_seconds=0.2)

    assert {type(outcome) for outcome in outcomes} == {error}


def test_it_never_puts_one_key_twice_into_a_call(dynamodb: FakeDynamoDB) -> None:
    outcomes = connection.execute_all([insert("one"), insert("one")], deadline_seconds=1)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConditionFailed", "NoneType"]
    assert dynamodb.calls["batch_execute_statement"] == 2


def test_it_takes_an_answer_without_responses_for_an_outage(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": {}}}
    monkeypatch.setattr(dynamodb, "batch_execute_statement", lambda **_: answer)

    with pytest.raises(StoreUnavailable, match="no Responses"):
        connection.execute(insert("event-1"), deadline_seconds=0)
