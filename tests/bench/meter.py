"""What a run of requests costs on AWS's bill: counted at the wire, in calls and in units."""

import asyncio
import json
import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Rig
from tests.faults import FaultProxy
from tests.faults.rules import Forward
from tests.faults.wire import HTTPMessage

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
_READ_UNIT_BYTES = 4_096
_READS = ("GetItem", "BatchGetItem", "Query")
_UNKNOWN_WRITES = ("UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
# What an entry of an index holds, about: its keys, and no more.
_ENTRY_BYTES = 200
Counts = dict[str, float]


class Meter:
    """Counts what a stack asks of AWS, between two moments of one's choice.

    Every write is replayed on the suite's own DynamoDB, which works out its units; those of a
    read are worked out from its answer. So it must see the stack from its first event on.
    """

    def __init__(self, proxy: FaultProxy, stack: PlatformStack) -> None:
        # Its models read their settings as they are imported.
        from tests.fake_dynamodb import FakeDynamoDB  # noqa: PLC0415

        self._proxy = proxy
        self._stack = stack
        self._store = FakeDynamoDB()
        self._read_units: deque[float] = deque()
        self.latency_ms: Mapping[str, float] = {}
        proxy.inject("*", self._forward)
        self.take()

    def take(self) -> "Use":
        """Return what has been asked since the last time."""
        requests = list(self._drain(self._proxy.requests))
        units_before = self._write_units()
        for request in requests:
            self._replay(request)
        units = {name: now - units_before[name] for name, now in self._write_units().items()}
        return Use(
            requests=requests,
            queue_names=self._stack.queue_names,
            write_units=units,
            read_units=sum(self._drain(self._read_units)),
        )

    def _write_units(self) -> Counts:
        tables = self._store._tables  # noqa: SLF001  # the suite asks for the events' alone
        return {name: float(tables[name].units) for name in self._stack.tables.values()}

    def _replay(self, request: HTTPMessage) -> None:
        assert request.operation not in _UNKNOWN_WRITES, request.operation
        parameters = self._with_model_tables(request.parameters)
        if request.operation == "BatchExecuteStatement":
            self._store.batch_execute_statement(Statements=parameters["Statements"])
        elif request.operation == "PutItem":
            self._store.put_item(TableName=parameters["TableName"], Item=parameters["Item"])

    def _with_model_tables(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(parameters)
        for table, model_table in self._stack.tables.items():
            text = text.replace(table, model_table)
        replaced: dict[str, Any] = json.loads(text)
        return replaced

    async def _forward(self, forward: Forward) -> bytes:
        message = forward.message
        is_queue = "QueueUrl" in message.parameters
        await asyncio.sleep(self.latency_ms.get("SQS" if is_queue else "DynamoDB", 0) / 1_000)
        answer = await forward()
        if message.operation in _READS:
            content = json.loads(answer.partition(b"\r\n\r\n")[2])
            self._read_units.append(read_units(message.operation, message.parameters, content))
        return answer

    @staticmethod
    def _drain(queue: deque[Any]) -> Iterator[Any]:
        # Others go on filling it.
        for _ in range(len(queue)):
            yield queue.popleft()


@dataclass(frozen=True, kw_only=True)
class Use:
    """Some requests and the units that they took."""

    requests: list[HTTPMessage]
    queue_names: Mapping[str, str]
    write_units: Counts
    read_units: float

    @property
    def dynamodb_calls(self) -> int:
        return sum(self._service(each) == "dynamodb" for each in self.requests)

    def calls(self, scale: float = 1) -> Counts:
        """Count by service and operation, the queues apart from each other."""
        names = Counter(f"{self._service(each)}: {each.operation}" for each in self.requests)
        return {name: count * scale for name, count in sorted(names.items())}

    def entries_per_call(self) -> Counts:
        """Say how full the calls were that take several entries."""
        sizes: dict[str, list[int]] = {}
        for each in self.requests:
            for member in ("Statements", "Entries"):
                if member in each.parameters:
                    name = f"{self._service(each)}: {each.operation}"
                    sizes.setdefault(name, []).append(len(each.parameters[member]))
        return {name: sum(each) / len(each) for name, each in sorted(sizes.items())}

    def _service(self, request: HTTPMessage) -> str:
        _, _, queue = request.parameters.get("QueueUrl", "").rpartition("/")
        return self.queue_names.get(queue, queue or "dynamodb")


@contextmanager
def metered_stack(
    rig: Rig, *, workers: int = 1, **settings: Any
) -> Iterator[tuple[PlatformStack, Meter]]:
    """Run a stack whose way to AWS is metered."""
    proxy = FaultProxy(rig.endpoint, kept_requests=1_000_000).start()
    try:
        folder = rig.folder / "metered"
        with PlatformStack(proxy.url, folder, workers=workers, **settings) as stack:
            stack.fill_endpoint = rig.endpoint
            yield stack, Meter(proxy, stack)
    finally:
        proxy.stop()


def read_units(operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Return what a read costs: a query by all that it read, items one by one."""
    from tests.write_units import size_bytes  # noqa: PLC0415  # as above

    if operation == "Query":
        sizes = [sum(size_bytes(item) for item in answer.get("Items", ()))]
        if parameters.get("Select") == "COUNT":
            sizes = [answer.get("ScannedCount", 0) * _ENTRY_BYTES]
        is_consistent = parameters.get("ConsistentRead", False)
    elif operation == "GetItem":
        sizes = [size_bytes(answer.get("Item", {}))]
        is_consistent = parameters.get("ConsistentRead", False)
    else:
        sizes = [
            size_bytes(item) for items in answer.get("Responses", {}).values() for item in items
        ]
        tables = parameters["RequestItems"].values()
        is_consistent = any(table.get("ConsistentRead") for table in tables)
    return _units(sizes) * (1 if is_consistent else 0.5)


def _units(sizes_bytes: Iterable[int]) -> float:
    return float(sum(max(1, math.ceil(size / _READ_UNIT_BYTES)) for size in sizes_bytes))
