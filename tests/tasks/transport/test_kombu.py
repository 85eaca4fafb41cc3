"""What kombu promises of every transport, and what its own SQS transport does, holds here, too."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from tests.processes import Emulator, eventually
from tests.tasks.transport.conftest import MakeQueue
from tests.tasks.transport.worker import WorkQueue

pytestmark = pytest.mark.integration

Connect = Callable[..., Connection]


@pytest.fixture
def connect(aws: Emulator) -> Iterator[Connect]:
    connections: list[Connection] = []

    def open_connection(scheme: str = "sqs-durable", **options: Any) -> Connection:
        url = aws.endpoint.replace("http://", f"{scheme}://test:test@")
        settings = {"is_secure": False, "region": "us-east-1", "wait_time_seconds": 1, **options}
        connections.append(Connection(url, transport_options=settings))
        return connections[-1]

    yield open_connection
    for connection in connections:
        connection.close()


@pytest.fixture
def queue(make_queue: MakeQueue) -> WorkQueue:
    return make_queue()


@pytest.fixture
def simple_queue(connect: Connect, queue: WorkQueue) -> Iterator[SimpleQueue]:
    with connect(predefined_queues={queue.name: {"url": queue.url}}).SimpleQueue(
        queue.name
    ) as made:
        yield made


def test_it_carries_payload_headers_and_priority(
    simple_queue: SimpleQueue, queue: WorkQueue
) -> None:
    simple_queue.put({"text": "ü"}, headers={"trace": "1"}, priority=3)
    message = simple_queue.get(timeout=20)
    message.ack()

    assert message.payload == {"text": "ü"}
    assert message.headers["trace"] == "1"
    assert message.properties["priority"] == 3
    eventually(queue.is_empty, "the deletion")


def test_it_delivers_once_more_what_was_requeued(simple_queue: SimpleQueue) -> None:
    simple_queue.put("x")
    simple_queue.get(timeout=20).requeue()

    message = simple_queue.get(timeout=20)
    message.ack()
    assert message.payload == "x"


def test_it_says_that_there_is_nothing(simple_queue: SimpleQueue) -> None:
    with pytest.raises(simple_queue.Empty):
        simple_queue.get(timeout=0.1)


def test_it_counts_and_purges(simple_queue: SimpleQueue, queue: WorkQueue) -> None:
    for text in "abc":
        simple_queue.put(text)

    assert simple_queue.qsize() == 3
    simple_queue.clear()
    assert queue.is_empty()


def test_it_makes_a_queue_that_is_not_there(connect: Connect, sqs: Any) -> None:
    name = f"made-{uuid.uuid4().hex[:8]}"
    with connect().SimpleQueue(name) as made:
        made.put("x")

        assert made.get(timeout=20).payload == "x"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"]


@pytest.mark.parametrize(("sender", "receiver"), [("sqs", "sqs-durable"), ("sqs-durable", "sqs")])
def test_it_shares_a_queue_with_kombus_own(
    sender: str, receiver: str, *, connect: Connect, queue: WorkQueue
) -> None:
    queues = {queue.name: {"url": queue.url}}
    with connect(sender, predefined_queues=queues).SimpleQueue(queue.name) as outgoing:
        outgoing.put({"text": "ü"}, headers={"trace": "1"})

    with connect(receiver, predefined_queues=queues).SimpleQueue(queue.name) as incoming:
        message = incoming.get(timeout=20)
        message.ack()
    assert (message.payload, message.headers["trace"]) == ({"text": "ü"}, "1")
    eventually(queue.is_empty, "the deletion")


def test_it_writes_base64_for_those_who_want_it(
    connect: Connect, queue: WorkQueue, sqs: Any
) -> None:
    options = {"predefined_queues": {queue.name: {"url": queue.url}}, "sqs_base64_encoding": True}
    with connect(**options).SimpleQueue(queue.name) as encoding:
        encoding.put("readable")
        received = sqs.receive_message(QueueUrl=queue.url, VisibilityTimeout=0)["Messages"]

        assert "readable" not in received[0]["Body"]
        assert encoding.get(timeout=20).payload == "readable"
