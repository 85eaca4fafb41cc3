"""What publishers of the transport put on the wire."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from tasks.transport.outgoing import MAX_BYTES
from tests.faults import FaultProxy, delay, lose_answer, refuse, respond
from tests.tasks.transport.conftest import MakeQueue, Publish
from tests.tasks.transport.worker import WorkQueue

pytestmark = pytest.mark.integration


@pytest.fixture
def queue(make_queue: MakeQueue) -> WorkQueue:
    return make_queue()


@pytest.fixture
def publisher(queue: WorkQueue, proxy: FaultProxy, publisher_for: Publish) -> Any:
    return publisher_for(queue, proxy.url)


def entries(proxy: FaultProxy) -> list[dict[str, Any]]:
    calls = proxy.parameters("SendMessageBatch")
    return [entry for call in calls for entry in call["Entries"]]


def test_it_shares_calls_between_threads(
    publisher: Any, proxy: FaultProxy, queue: WorkQueue
) -> None:
    # So long that many come meanwhile, however slow this machine is.
    proxy.inject("SendMessageBatch", delay(0.4))
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda number: publisher.send("work", str(number)), range(160)))

    assert queue.visible == 160
    assert proxy.calls["SendMessage"] == 0
    assert proxy.calls["SendMessageBatch"] <= 40


def test_it_keeps_calls_below_the_limit_of_sqs(
    publisher: Any, proxy: FaultProxy, queue: WorkQueue
) -> None:
    text = "x" * 60_000
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: publisher.send("work", text), range(32)))

    assert queue.visible == 32
    for call in proxy.parameters("SendMessageBatch"):
        assert sum(len(entry["MessageBody"]) for entry in call["Entries"]) <= MAX_BYTES


def test_it_passes_delay_group_and_attributes_on(publisher: Any, proxy: FaultProxy) -> None:
    attributes = {"trace": {"DataType": "String", "StringValue": "1-2-3"}}
    publisher.send(
        "work", "x", delay_seconds=7, MessageGroupId="tenant", message_attributes=attributes
    )

    [entry] = entries(proxy)
    assert entry["DelaySeconds"] == 7
    assert entry["MessageGroupId"] == "tenant"
    assert entry["MessageAttributes"] == attributes
    assert "1-2-3" not in entry["MessageBody"]


def test_it_sends_text_as_text(publisher: Any, proxy: FaultProxy) -> None:
    publisher.send("work", "plainly readable")

    assert "plainly readable" in entries(proxy)[0]["MessageBody"]


def test_it_sends_to_fifo_queues_one_by_one(
    *, sqs: Any, proxy: FaultProxy, publisher_for: Publish, queue: WorkQueue
) -> None:
    queue.name = f"{queue.name}.fifo"
    attributes = {"FifoQueue": "true"}
    queue.url = sqs.create_queue(QueueName=queue.name, Attributes=attributes)["QueueUrl"]
    publisher_for(queue, proxy.url).send("work", "x", MessageGroupId="tenant")

    [call] = proxy.parameters("SendMessage")
    assert call["MessageGroupId"] == "tenant"
    assert call["MessageDeduplicationId"]
    assert proxy.calls["SendMessageBatch"] == 0


def test_it_raises_for_an_entry_that_failed(publisher: Any, proxy: FaultProxy) -> None:
    failed = b'{"Failed": [{"Id": "0", "Code": "InvalidMessage", "SenderFault": true}]}'
    proxy.inject("SendMessageBatch", respond(200, failed), times=1)

    with pytest.raises(OperationalError, match="InvalidMessage"):
        publisher.send("work", "x")


def test_it_tries_again_what_sqs_refuses_for_the_moment(
    publisher: Any, proxy: FaultProxy, queue: WorkQueue
) -> None:
    failed = b'{"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": false}]}'
    proxy.inject("SendMessageBatch", respond(200, failed), times=1)
    proxy.inject("SendMessageBatch", refuse(400, "ThrottlingException"), times=1)
    publisher.send("work", "x")

    assert queue.visible == 1
    assert proxy.calls["SendMessageBatch"] == 3


@pytest.mark.parametrize("fault", [refuse(503, "ServiceUnavailable"), lose_answer()])
def test_it_tries_again_where_a_call_fails_for_the_moment(
    *, publisher: Any, proxy: FaultProxy, queue: WorkQueue, fault: Any
) -> None:
    rule = proxy.inject("SendMessageBatch", fault, times=1)
    publisher.send("work", "x")

    assert rule.used == 1
    # Sent twice where the answer was lost: better than not at all.
    assert queue.visible >= 1


@pytest.mark.parametrize("body", [b'{"Successful": [{}]}', b'{"Failed": [{"Id": "none"}]}', b"[1]"])
def test_it_raises_for_an_answer_that_is_none_of_sqs(
    publisher: Any, proxy: FaultProxy, body: bytes
) -> None:
    proxy.inject("SendMessageBatch", respond(200, body), times=1)

    with pytest.raises(OperationalError):
        publisher.send("work", "x")


def test_it_raises_for_an_entry_that_sqs_does_not_name(publisher: Any, proxy: FaultProxy) -> None:
    proxy.inject("SendMessageBatch", respond(200, b"{}"), times=1)

    with pytest.raises(OperationalError):
        publisher.send("work", "x")


def test_it_lets_the_callers_policy_retry(
    publisher: Any, proxy: FaultProxy, queue: WorkQueue
) -> None:
    rule = proxy.inject("SendMessageBatch", respond(200, b"{}"), times=2)

    publisher.send("work", "x", retry=True)

    assert rule.used == 2
    assert queue.visible == 1
