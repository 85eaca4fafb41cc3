"""How many calls a hundred events in flight at once take; each costs CPU, and SQS's cost money."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from events.group_commit import GroupCommit
from events.store import connection, statements
from events.store.connection import Statement
from events.store.models import EventItem
from tasks.transport import outgoing
from tasks.transport.outgoing import Outgoing
from tests.fake_dynamodb import FakeDynamoDB
from tests.processes import eventually

EVENTS = 100


class SlowClient:
    """Answers nobody before everybody has asked."""

    def __init__(self, operation: Callable[..., Any], entries: str) -> None:
        self._operation = operation
        self._entries = entries
        self.sizes: list[int] = []
        self.gate = threading.Event()

    def call(self, **arguments: Any) -> Any:
        self.sizes.append(len(arguments[self._entries]))
        assert self.gate.wait(20)
        return self._operation(**arguments)

    send_message_batch = call


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(EVENTS) as pool:
        yield pool


def open_when_full(client: SlowClient, group_commit: GroupCommit[Any, Any]) -> None:
    def entries() -> int:
        return sum(client.sizes) + group_commit._entries_waiting  # noqa: SLF001  # no other sign of it

    eventually(lambda: entries() == EVENTS, "everybody asks")
    client.gate.set()


def test_it_stores_up_to_twenty_five_to_a_call(
    dynamodb: FakeDynamoDB, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = SlowClient(dynamodb.batch_execute_statement, "Statements")
    monkeypatch.setattr(dynamodb, "batch_execute_statement", client.call)
    group_commit = connection._statements  # noqa: SLF001  # where to see who waits
    futures = [
        threads.submit(group_commit.submit, insert(f"event-{n}"), key=n) for n in range(EVENTS)
    ]
    open_when_full(client, group_commit)

    assert [future.result(20) for future in futures] == [None] * EVENTS
    assert len(client.sizes) <= 0.12 * EVENTS


def test_it_sends_up_to_ten_to_a_call(threads: ThreadPoolExecutor) -> None:
    client = SlowClient(confirm, "Entries")
    message = Outgoing(client, "url", {"MessageBody": "x"})
    futures = [threads.submit(outgoing.send_all, [message], seconds=20) for _ in range(EVENTS)]
    eventually(lambda: client.sizes, "the first call")
    open_when_full(client, outgoing._group_commit("url"))  # noqa: SLF001  # as above

    assert [future.result(20) for future in futures] == [["sent"]] * EVENTS
    assert len(client.sizes) <= 0.18 * EVENTS


def insert(event_id: str) -> Statement:
    item = {"event_id": statements.text(event_id), "expires_at": statements.number(1)}
    table = EventItem.Meta.table_name
    return statements.insert(table, dict(item), key=event_id, size_bytes=100)


def confirm(**arguments: Any) -> Any:
    return {
        "Successful": [{"Id": each["Id"], "MessageId": "sent"} for each in arguments["Entries"]]
    }
