from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import StartStack
from tests.faults import FaultProxy, drop, lose_answer, refuse
from tests.processes import Emulator, eventually


@pytest.fixture
def proxy(aws: Emulator) -> Iterator[FaultProxy]:
    proxy = FaultProxy(aws.endpoint).start()
    yield proxy
    proxy.stop()


def is_for_sqs(parameters: dict[str, Any]) -> bool:
    return "QueueUrl" in parameters


def test_it_accepts_while_sqs_is_away_and_processes_when_it_is_back(
    start_stack: StartStack, proxy: FaultProxy
) -> None:
    stack = start_stack(endpoint=proxy.url, workers=1, DISPATCH_DUE_SECONDS=5)
    outage = proxy.inject("*", drop(), when=is_for_sqs)
    event_ids = [stack.post("demo.echo", {"i": i}) for i in range(20)]
    assert {stack.get(event_id)["status"] for event_id in event_ids} == {"pending"}
    proxy.remove(outage)

    events = stack.wait_until_terminal(event_ids)
    assert {event["status"] for event in events} == {"succeeded"}


def test_it_refuses_while_dynamodb_is_away(start_stack: StartStack, proxy: FaultProxy) -> None:
    stack = start_stack(endpoint=proxy.url, workers=1)
    outage = proxy.inject("BatchExecuteStatement", refuse(500, "InternalServerError"))
    answer = stack.request("/events", b'{"event_type": "demo.echo", "payload": {}}')
    proxy.remove(outage)

    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    (event,) = stack.wait_until_terminal([stack.post("demo.echo")])
    assert event["status"] == "succeeded"


def test_it_runs_each_event_once_though_answers_are_lost(
    start_stack: StartStack, proxy: FaultProxy
) -> None:
    stack = start_stack(endpoint=proxy.url, workers=1, DISPATCH_DUE_SECONDS=5)
    for operation in ("BatchExecuteStatement", "SendMessageBatch", "DeleteMessageBatch"):
        proxy.inject(operation, lose_answer(), times=3)
    events = stack.wait_until_terminal([stack.post("demo.echo", {"i": i}) for i in range(20)])

    assert {(event["status"], event["attempt_count"]) for event in events} == {("succeeded", 1)}
    assert proxy.refusals == []


def test_it_does_the_work_of_a_killed_worker_elsewhere(start_stack: StartStack) -> None:
    stack = start_stack(workers=2, VISIBILITY_SECONDS=6, DISPATCH_DUE_SECONDS=5)
    event_id = stack.post("demo.slow", {"seconds": 4})
    victim = stack.wait_for_attempt(event_id)["attempts"][0]["worker"]
    stack.kill(victim)
    (event,) = stack.wait_until_terminal([event_id])

    assert [(each["number"], each["outcome"]) for each in event["attempts"]] == [
        (1, "lost"),
        (2, "succeeded"),
    ]
    assert event["attempts"][1]["worker"] != victim
    eventually(lambda: stack.messages("WORK_QUEUE") == 0, "the work queue is empty")
