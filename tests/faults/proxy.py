"""A loopback proxy in front of an emulated AWS that injects faults and counts calls."""

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any, Self
from urllib.parse import urlsplit

from tests.faults import limits
from tests.faults.rules import Fault, Forward, Rule
from tests.faults.wire import HTTPMessage, error_answer, read_message, request

KEPT_REQUESTS = 20_000
_ROUNDS_TO_SERVE = 5


class FaultProxy:
    """Forwards every request to ``upstream``, unless a rule says otherwise.

    It lives in a thread of its own; all public members may be used from the test's thread.
    Clients keep coming through the proxy, since queue URLs follow the Host header.
    """

    def __init__(self, upstream: str, *, kept_requests: int = KEPT_REQUESTS) -> None:
        address = urlsplit(upstream)
        self._upstream = (address.hostname or "127.0.0.1", address.port or 80)
        self._rules: list[Rule] = []
        self._is_cut = False
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._keys_by_table: dict[str, limits.Keys] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.calls: Counter[str] = Counter()
        # Calls that the emulator is working on, whether or not their clients still listen.
        self.in_flight: Counter[str] = Counter()
        self.requests: deque[HTTPMessage] = deque(maxlen=kept_requests)
        self.refusals: list[tuple[str, str]] = []
        self.url = ""

    def start(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def inject(
        self,
        operation: str,
        fault: Fault,
        *,
        times: int | None = None,
        when: Callable[[dict[str, Any]], bool] | None = None,
    ) -> Rule:
        """Add a rule; the oldest that applies is used."""
        rule = Rule(operation, fault, times, when)
        self._rules = [*self._rules, rule]
        return rule

    def remove(self, rule: Rule) -> None:
        self._rules = [each for each in self._rules if each is not rule]

    def clear(self) -> None:
        """Remove all rules and forget what was counted."""
        self._rules = []
        self.calls.clear()
        self.requests.clear()
        self.refusals.clear()

    def cut(self) -> None:
        """End all connections and let no new one live."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._end_connections)

    def heal(self) -> None:
        self._is_cut = False

    def parameters(self, operation: str) -> list[dict[str, Any]]:
        """Return what the operation was called with, oldest first."""
        return [each.parameters for each in list(self.requests) if each.operation == operation]

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _shut(self) -> None:
        self._server.close()
        # What was accepted just now becomes a task of this proxy within a few rounds.
        for _ in range(_ROUNDS_TO_SERVE):
            await asyncio.sleep(0)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._end_connections()
        for _reader, writer in self._idle:
            writer.transport.abort()
        # Transports close their sockets in the loop's next round.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _end_connections(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while not self._is_cut and (message := await read_message(reader)) is not None:
                answer = await self._answer(message)
                if answer is None or self._is_cut:
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            # One side went away, which is this proxy's trade.
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _answer(self, message: HTTPMessage) -> bytes | None:
        operation = message.operation
        self.calls[operation] += 1
        self.requests.append(message)
        refusal = limits.sqs_refusal(operation, message.parameters)
        if operation in limits.DYNAMODB_BATCH:
            await self._learn_keys(limits.tables_of(operation, message.parameters))
            refusal = limits.dynamodb_refusal(operation, message.parameters, self._keys_by_table)
        if refusal is not None:
            self.refusals.append(refusal)
            return error_answer(400, *refusal)
        forward = Forward(message, self._forward_counted)
        for rule in self._rules:
            if rule.applies(operation, message.parameters):
                rule.used += 1
                return await rule.fault(forward)
        return await forward()

    async def _forward_counted(self, message: HTTPMessage) -> bytes:
        self.in_flight[message.operation] += 1
        try:
            return await self._forward(message)
        finally:
            self.in_flight[message.operation] -= 1

    async def _forward(self, message: HTTPMessage) -> bytes:
        while True:
            is_fresh = not self._idle
            reader, writer = (
                await asyncio.open_connection(*self._upstream) if is_fresh else self._idle.pop()
            )
            try:
                writer.write(message.raw)
                answer = await read_message(reader)
            except BaseException:
                writer.transport.abort()
                raise
            if answer is not None:
                self._idle.append((reader, writer))
                return answer.raw
            writer.transport.abort()
            # An idle connection that the emulator had closed: the next one may live.
            if is_fresh:
                raise ConnectionError("the emulator closed the connection")

    async def _learn_keys(self, tables: set[str]) -> None:
        for table in tables - self._keys_by_table.keys():
            ask = request(
                ":".join(map(str, self._upstream)),
                "DynamoDB_20120810.DescribeTable",
                {"TableName": table},
            )
            raw = await self._forward(ask)
            described = HTTPMessage(b"", raw.partition(b"\r\n\r\n")[2]).parameters
            schema = described.get("Table", {}).get("KeySchema", [])
            if schema:
                self._keys_by_table[table] = tuple(each["AttributeName"] for each in schema)
