from typing import Any

import pytest
from botocore.exceptions import ClientError

from events.store import connection, statements
from events.store.connection import ConditionFailed, Statement
from events.store.events import TABLE
from tests.fake_dynamodb import FakeDynamoDB
from tests.partiql import NotUnderstood, parse

pytestmark = pytest.mark.usefixtures("store")

KEY = ("event_id", statements.EQUALS, statements.text("1"))
ITEM = {
    "event_id": {"S": "1"},
    "tenant": {"S": "acme"},
    "attempts": {"M": {"a1": {"M": {"n": {"N": "1"}}}}},
    "generation": {"N": "1"},
}


def execute(statement: Statement) -> Any:
    return connection.execute(statement, deadline_seconds=0.1)


def insert(**attributes: Any) -> None:
    execute(statements.insert(TABLE, ITEM | attributes, key="1", size_bytes=0))


def update(**changes: Any) -> Any:
    defaults: dict[str, Any] = {"where": [KEY], "values": {}, "returning": True}
    return execute(statements.update(TABLE, key="1", **defaults | changes))


@pytest.mark.both_stores
def test_it_refuses_a_key_that_is_taken() -> None:
    insert()

    with pytest.raises(ConditionFailed):
        insert()


@pytest.mark.both_stores
def test_it_changes_attributes_and_paths_at_once() -> None:
    insert()
    values = {"tenant": {"S": "globex"}, "attempts.a2": {"M": {}}}
    item = update(values=values, increments=["generation"], remove=["attempts.a1", "owner"])

    assert item == {
        "event_id": {"S": "1"},
        "tenant": {"S": "globex"},
        "attempts": {"M": {"a2": {"M": {}}}},
        "generation": {"N": "2"},
    }


@pytest.mark.both_stores
@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        (("generation", "<=", {"N": "1"}), True),
        (("generation", "<=", {"N": "10"}), True),
        (("generation", "<=", {"N": "0"}), False),
        (("generation", "=", {"N": "1"}), True),
        (("generation", "=", {"S": "1"}), False),
        (("owner", "=", {"S": "x"}), False),
        (("owner", "<=", {"N": "9"}), False),
    ],
)
def test_it_judges_conditions(condition: tuple[str, str, Any], *, is_true: bool) -> None:
    insert()

    if is_true:
        assert update(where=[KEY, condition], values={"tenant": {"S": "x"}})
    else:
        with pytest.raises(ConditionFailed) as refused:
            update(where=[KEY, condition], values={"tenant": {"S": "x"}})
        assert refused.value.item == ITEM


@pytest.mark.both_stores
def test_it_never_makes_an_item_by_an_update() -> None:
    with pytest.raises(ConditionFailed) as refused:
        update(values={"tenant": {"S": "x"}})
    assert refused.value.item is None


@pytest.mark.both_stores
def test_it_deletes_on_a_condition() -> None:
    insert()
    other = ("tenant", statements.EQUALS, statements.text("globex"))
    same = ("tenant", statements.EQUALS, statements.text("acme"))

    with pytest.raises(ConditionFailed):
        execute(statements.delete(TABLE, key="1", where=[KEY, other]))
    execute(statements.delete(TABLE, key="1", where=[KEY, same]))
    execute(statements.delete(TABLE, key="1", where=[KEY, same]))
    insert()


@pytest.mark.both_stores
def test_it_shows_in_an_index_only_what_has_its_keys() -> None:
    insert(open_key={"S": "0"}, due_at={"N": "5"})
    query: dict[str, Any] = {
        "TableName": TABLE,
        "IndexName": "open",
        "KeyConditionExpression": "open_key = :shard AND due_at <= :now",
        "ExpressionAttributeValues": {":shard": {"S": "0"}, ":now": {"N": "9"}},
    }

    keys = {"event_id": {"S": "1"}, "open_key": {"S": "0"}, "due_at": {"N": "5"}}
    assert connection.call("query", **query)["Items"] == [keys]
    update(remove=["due_at"])
    assert connection.call("query", **query)["Items"] == []


def test_it_refuses_one_key_twice_in_a_call(dynamodb: FakeDynamoDB) -> None:
    statement = statements.insert(TABLE, ITEM, key="1", size_bytes=0)
    each = {"Statement": statement.text, "Parameters": statement.parameters}

    with pytest.raises(ClientError, match="one key twice"):
        dynamodb.batch_execute_statement(Statements=[each, each])


def test_it_refuses_more_statements_than_a_call_may_have(dynamodb: FakeDynamoDB) -> None:
    written = [
        statements.insert(TABLE, ITEM | {"event_id": {"S": str(i)}}, key=str(i), size_bytes=0)
        for i in range(26)
    ]

    with pytest.raises(ClientError, match="too many"):
        dynamodb.batch_execute_statement(
            Statements=[{"Statement": each.text, "Parameters": each.parameters} for each in written]
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"values": {"attempts.a1": {"S": ""}}, "remove": ["attempts.a1"]}, "overlap"),
        ({"values": {"attempts": {"S": ""}, "attempts.a1": {"S": ""}}}, "overlap"),
        ({"values": {"replays.2": {"S": ""}}}, "no map"),
        ({"increments": ["attempt_count"]}, "counted up"),
        ({"values": {"tenant": {"S": "x" * 400_000 + "y" * 9_600}}}, "maximum allowed size"),
        ({"values": {"open_key": {"S": ""}, "due_at": {"N": "1"}}}, "empty string"),
    ],
)
def test_it_refuses_what_dynamodb_refuses(changes: dict[str, Any], reason: str) -> None:
    insert()

    with pytest.raises(Exception, match=reason):
        update(**changes)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ('SELECT * FROM "events"', []),
        ('UPDATE "events" SET "a" = ? WHERE "b" > ?', [{"S": ""}, {"S": ""}]),
        ('UPDATE "events" SET "a" = "b" + 1 WHERE "c" = ?', [{"S": ""}]),
        ('UPDATE "events" SET "a" = ? WHERE "b" = ?', [{"S": ""}]),
        ('UPDATE "events" SET "a" = ? WHERE "b" = ?', [{"S": ""}] * 3),
        ("INSERT INTO \"events\" VALUE {'a': ?, 'b': 1}", [{"S": ""}]),
        ('DELETE FROM "events" WHERE "a" = ? OR "b" = ?', [{"S": ""}] * 2),
    ],
)
def test_it_says_when_it_does_not_understand(text: str, parameters: list[Any]) -> None:
    with pytest.raises(NotUnderstood):
        parse(text, parameters)
