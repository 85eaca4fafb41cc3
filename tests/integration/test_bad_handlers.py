from tests.conftest import StartStack
from tests.processes import eventually
from tests.stack import Stack

MODULE = "tests.integration.handlers"


def test_it_gives_up_a_handler_that_hangs_and_replaces_its_process(
    start_stack: StartStack,
) -> None:
    stack = start_stack(workers=2, HANDLER_MODULES=MODULE)
    (event,) = stack.wait_until_terminal([stack.post("test.hang")])

    assert [each["outcome"] for each in event["attempts"]] == ["timed_out"]
    hung = stack.workers.pop(event["attempts"][0]["worker"])
    eventually(lambda: not hung.is_running, "the hung worker ends")
    (next_event,) = stack.wait_until_terminal([stack.post("demo.echo")])
    assert next_event["status"] == "succeeded"


def test_it_outlives_a_handler_that_exits(production: Stack) -> None:
    (event,) = production.wait_until_terminal([production.post("test.exit")])

    assert [each["outcome"] for each in event["attempts"]] == ["failed", "succeeded"]
    assert production.workers[event["attempts"][0]["worker"]].is_running
    eventually(lambda: production.messages("WORK_QUEUE") == 0, "the work queue is empty")
