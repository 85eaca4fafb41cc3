"""DynamoDB's client in memory: the calls that the store makes, as strict as the real ones."""

import enum
import re
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from events.store.models import EventItem, PlatformItem
from tests import partiql
from tests.fake_table import FakeTable, RawItem, Refused, plain

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_STATEMENTS_PER_CALL = 25
_STATEMENT_BYTES = 8_192
_ADDRESS = "http://127.0.0.1"
_CONDITION = re.compile(r"(#?\w+) = (:\w+)(?: AND (#?\w+) <= (:\w+))?")


class Fault(enum.Enum):
    """What can go wrong with a call."""

    AWAY = "nobody answers, and nothing is written"
    THROTTLE = "the whole call is refused"
    NO_TABLE = "the table is not there"
    LOSE_ANSWER = "all is written, and nobody hears of it"


class FakeDynamoDB:
    """Stands in for the botocore client that ``events.store.connection`` uses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables = {
            model.Meta.table_name: FakeTable(model) for model in (EventItem, PlatformItem)
        }
        self._faults: deque[Fault | None] = deque()
        self.is_away = False
        # So many statements are refused, each for itself, in calls that succeed.
        self.statements_to_throttle = 0
        self.calls: Counter[str] = Counter()

    def fail_next(self, *faults: Fault | None) -> None:
        """Let the next calls fail, one fault each; None lets one pass."""
        self._faults.extend(faults)

    @property
    def events(self) -> FakeTable:
        return self._tables[EventItem.Meta.table_name]

    def batch_execute_statement(self, *, Statements: list[dict[str, Any]]) -> Any:  # noqa: N803  # botocore's name
        return self._call("batch_execute_statement", lambda: self._execute_all(Statements))

    def get_item(self, *, TableName: str, Key: RawItem, ConsistentRead: bool) -> Any:  # noqa: N803
        # A read that is not consistent may miss what was just written.
        assert ConsistentRead

        def read() -> dict[str, Any]:
            item = self._tables[TableName].read(Key)
            return {} if item is None else {"Item": item}

        return self._call("get_item", read)

    def put_item(self, *, TableName: str, Item: RawItem) -> Any:  # noqa: N803
        def put() -> dict[str, Any]:
            self._tables[TableName].put(Item)
            return {}

        return self._call("put_item", put)

    def query(self, **arguments: Any) -> Any:
        return self._call("query", lambda: self._query(**arguments))

    def _call(self, operation: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self._lock:
            self.calls[operation] += 1
            fault = self._faults.popleft() if self._faults else None
            if self.is_away or fault is Fault.AWAY:
                raise EndpointConnectionError(endpoint_url=_ADDRESS)
            if fault is Fault.THROTTLE:
                raise _client_error("ThrottlingException", operation)
            if fault is Fault.NO_TABLE:
                raise _client_error("ResourceNotFoundException", operation)
            try:
                answer = act()
            except Refused as refused:
                raise _client_error("ValidationException", str(refused)) from refused
        if fault is Fault.LOSE_ANSWER:
            raise ReadTimeoutError(endpoint_url=_ADDRESS)
        return {**answer, "ResponseMetadata": {"HTTPHeaders": {}}}

    def _execute_all(self, statements: list[dict[str, Any]]) -> dict[str, Any]:
        writes = [partiql.parse(each["Statement"], each["Parameters"]) for each in statements]
        keys = [(write.table, self._tables[write.table].key_of(write)) for write in writes]
        if len(writes) > _STATEMENTS_PER_CALL or len(set(keys)) < len(keys):
            raise Refused("ValidationException", "too many statements, or one key twice")
        if any(len(each["Statement"].encode()) > _STATEMENT_BYTES for each in statements):
            raise Refused("ValidationException", "a statement is too long")
        return {"Responses": [self._execute(write) for write in writes]}

    def _execute(self, write: partiql.Write) -> dict[str, Any]:
        if self.statements_to_throttle:
            self.statements_to_throttle -= 1
            return {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        try:
            item = self._tables[write.table].execute(write)
        except Refused as refused:
            error = {"Code": refused.code, "Message": str(refused)}
            return {"Error": error | ({"Item": refused.item} if refused.item else {})}
        return {"TableName": write.table} | ({"Item": item} if item else {})

    def _query(
        self,
        *,
        TableName: str,  # noqa: N803
        IndexName: str,  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: dict[str, RawItem],  # noqa: N803
        ExpressionAttributeNames: dict[str, str] | None = None,  # noqa: N803
        Select: str = "ALL_PROJECTED_ATTRIBUTES",  # noqa: N803
        Limit: int | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        found = _CONDITION.fullmatch(KeyConditionExpression)
        assert found, KeyConditionExpression
        names, values = ExpressionAttributeNames or {}, ExpressionAttributeValues
        equal, equal_value, at_most, at_most_value = found.groups()
        entries = [
            entry
            for entry in self._tables[TableName].entries(IndexName)
            if entry[names.get(equal, equal)] == values[equal_value]
            and (not at_most or _is_at_most(entry[at_most], values[at_most_value]))
        ][:Limit]
        if Select == "COUNT":
            return {"Count": len(entries)}
        return {"Count": len(entries), "Items": entries}


def _is_at_most(value: RawItem, limit: RawItem) -> bool:
    return bool(plain(value) <= plain(limit))  # type: ignore[operator]  # keys of one type


def _client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, message)
