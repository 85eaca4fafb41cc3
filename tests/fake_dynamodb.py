"""DynamoDB's client in memory: the calls that the store makes, as strict as the real ones."""

import enum
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from events.store.models import EventItem, PlatformItem
from tests import partiql
from tests.fake_queries import query_index, query_table
from tests.fake_table import FakeTable, RawItem, Refused, is_at_most
from tests.write_units import read_units, size_bytes

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_STATEMENTS_PER_CALL = 25
_STATEMENT_BYTES = 8_192
_ADDRESS = "http://127.0.0.1"
_KEYS_PER_CALL = 100
_NOTHING_LARGER = "attribute_not_exists(#size) OR #size <= :size"


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
        # So many batch gets leave their last key for another call.
        self.batches_to_cut = 0
        self.read_units = 0.0
        self.calls: Counter[str] = Counter()
        # Items in a page of a table's query.
        self.page_size = 1_000

    def fail_next(self, *faults: Fault | None) -> None:
        """Let the next calls fail, one fault each; None lets one pass."""
        self._faults.extend(faults)

    @property
    def events(self) -> FakeTable:
        return self._tables[EventItem.Meta.table_name]

    @property
    def platform(self) -> FakeTable:
        return self._tables[PlatformItem.Meta.table_name]

    def batch_execute_statement(
        self,
        *,
        Statements: list[dict[str, Any]],  # noqa: N803  # botocore's name
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        return self._call("batch_execute_statement", lambda: self._execute_all(Statements))

    def get_item(
        self,
        *,
        TableName: str,  # noqa: N803
        Key: RawItem,  # noqa: N803
        ConsistentRead: bool,  # noqa: N803
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        # A read that is not consistent may miss what was just written.
        assert ConsistentRead

        def read() -> dict[str, Any]:
            item = self._tables[TableName].read(Key)
            self.read_units += read_units(size_bytes(item or {}), is_consistent=True)
            return {} if item is None else {"Item": item}

        return self._call("get_item", read)

    def put_item(
        self,
        *,
        TableName: str,  # noqa: N803
        Item: RawItem,  # noqa: N803
        ConditionExpression: str | None = None,  # noqa: N803
        ExpressionAttributeNames: dict[str, str] | None = None,  # noqa: N803
        ExpressionAttributeValues: dict[str, RawItem] | None = None,  # noqa: N803, ARG002
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        def put() -> dict[str, Any]:
            held = self._tables[TableName].read(Item)
            if ConditionExpression is not None:
                assert ConditionExpression == _NOTHING_LARGER, ConditionExpression
                name = (ExpressionAttributeNames or {})["#size"]
                if held is not None and not is_at_most(held[name], Item[name]):
                    raise _client_error("ConditionalCheckFailedException", "put_item")
            self._tables[TableName].put(Item)
            return {}

        return self._call("put_item", put)

    def delete_item(
        self,
        *,
        TableName: str,  # noqa: N803
        Key: RawItem,  # noqa: N803
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        def delete() -> dict[str, Any]:
            self._tables[TableName].delete(Key)
            return {}

        return self._call("delete_item", delete)

    def describe_table(self, *, TableName: str) -> Any:  # noqa: N803
        table = {"ItemCount": len(self._tables[TableName].items())}
        return self._call("describe_table", lambda: {"Table": table})

    def scan(
        self,
        *,
        TableName: str,  # noqa: N803
        ProjectionExpression: str,  # noqa: N803
        ExpressionAttributeNames: dict[str, str],  # noqa: N803
        ConsistentRead: bool,  # noqa: N803
        Limit: int,  # noqa: N803
        ExclusiveStartKey: RawItem | None = None,  # noqa: N803
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        # A read that is not consistent may miss what was just written.
        assert ConsistentRead
        after = ExclusiveStartKey["event_id"]["S"] if ExclusiveStartKey else ""
        names = [ExpressionAttributeNames[each] for each in ProjectionExpression.split(", ")]

        def read() -> dict[str, Any]:
            items = sorted(self._tables[TableName].items(), key=_id_of)
            page = [each for each in items if _id_of(each) > after][: min(Limit, self.page_size)]
            self.read_units += read_units(sum(map(size_bytes, page)), is_consistent=True)
            is_last = not page or page[-1] == items[-1]
            last = {} if is_last else {"LastEvaluatedKey": {"event_id": page[-1]["event_id"]}}
            shown = [{name: each[name] for name in names if name in each} for each in page]
            return {"Items": shown, **last}

        return self._call("scan", read)

    def batch_get_item(
        self,
        *,
        RequestItems: dict[str, dict[str, Any]],  # noqa: N803
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
    ) -> Any:
        return self._call("batch_get_item", lambda: self._get_all(RequestItems))

    def query(
        self,
        *,
        TableName: str,  # noqa: N803
        ReturnConsumedCapacity: str = "NONE",  # noqa: ARG002, N803
        **arguments: Any,
    ) -> Any:
        table = self._tables[TableName]

        def read() -> dict[str, Any]:
            if "IndexName" not in arguments:
                return query_table(table, page_size=self.page_size, **arguments)
            answer, units = query_index(table, **arguments)
            self.read_units += units
            return answer

        return self._call("query", read)

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

    def _get_all(self, requests: dict[str, dict[str, Any]]) -> dict[str, Any]:
        ((name, request),) = requests.items()
        # A read that is not consistent may miss what was just written.
        assert request["ConsistentRead"]
        keys = request["Keys"]
        if not 0 < len(keys) <= _KEYS_PER_CALL or any(keys.count(key) > 1 for key in keys):
            raise Refused("ValidationException", "no keys, too many, or one twice")
        left = []
        if self.batches_to_cut:
            self.batches_to_cut -= 1
            keys, left = keys[:-1], keys[-1:]
        items = [item for key in keys if (item := self._tables[name].read(key))]
        self.read_units += sum(read_units(size_bytes(each), is_consistent=True) for each in items)
        names = request["ExpressionAttributeNames"]
        shown = {names[each] for each in request["ProjectionExpression"].split(", ")}
        answer = [{key: item[key] for key in item if key in shown} for item in items]
        unprocessed = {name: {**request, "Keys": left}} if left else {}
        return {"Responses": {name: answer}, "UnprocessedKeys": unprocessed}


def _id_of(item: RawItem) -> str:
    event_id: str = item["event_id"]["S"]
    return event_id


def _client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, message)
