import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.conftest import StartStack
from tests.processes import eventually
from tests.stack import Stack

CLIENTS = 16


def test_it_processes_what_was_posted(stack: Stack) -> None:
    (event,) = stack.wait_until_terminal([stack.post("demo.echo", {"total": 3}, source="shop")])

    assert (event["status"], event["result"]) == ("succeeded", {"total": 3})
    assert event["source"] == "shop"
    assert [(each["number"], each["outcome"]) for each in event["attempts"]] == [(1, "succeeded")]
    assert event["attempts"][0]["worker"] in stack.workers


def test_it_processes_a_thousand_events_once_each(start_stack: StartStack) -> None:
    stack = start_stack()

    def post_share(client: int) -> list[str]:
        return [stack.post("demo.echo", {"i": i}) for i in range(client, 1_000, CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        event_ids = [each for share in clients.map(post_share, range(CLIENTS)) for each in share]
    events = stack.wait_until_terminal(event_ids)

    assert len(set(event_ids)) == 1_000
    assert {event["status"] for event in events} == {"succeeded"}
    assert {event["attempt_count"] for event in events} == {1}
    eventually(lambda: stack.messages("WORK_QUEUE") == 0, "the work queue is empty")
    assert stack.messages("DEAD_LETTER_QUEUE") == 0


def test_it_retries_what_fails_until_it_succeeds(stack: Stack) -> None:
    (event,) = stack.wait_until_terminal([stack.post("demo.flaky")])

    outcomes = [(each["number"], each["outcome"]) for each in event["attempts"]]
    assert outcomes == [(1, "failed"), (2, "failed"), (3, "succeeded")]
    assert event["attempts"][0]["error"]["type"] == "ConnectionError"
    assert event["result"] == {"succeeded_in_attempt": 3}


def test_it_sets_aside_what_cannot_succeed_until_somebody_moves_it_back(
    start_stack: StartStack,
) -> None:
    stack = start_stack(workers=1)
    event_id = stack.post("demo.fail")
    (event,) = stack.wait_until_terminal([event_id])
    assert (event["status"], event["attempt_count"]) == ("dead", 3)
    eventually(lambda: stack.messages("WORK_QUEUE") == 0, "the work queue is empty")

    move = partial(stack.move_messages, "DEAD_LETTER_QUEUE", "WORK_QUEUE")
    (body,) = eventually(move, "the copy is moved back")
    assert json.loads(json.loads(body)["body"])[0] == [event_id, 1]
    eventually(lambda: stack.get(event_id)["generation"] == 2, "the event is replayed")
    (event,) = stack.wait_until_terminal([event_id])
    assert (event["status"], event["attempt_count"]) == ("dead", 6)


def test_it_says_what_an_event_died_of(stack: Stack) -> None:
    event_id = stack.post("demo.fail")
    (event,) = stack.wait_until_terminal([event_id])
    fingerprint = event["attempts"][-1]["error"]["fingerprint"]

    explanation = stack.request(f"/events/{event_id}/explain").json
    assert explanation["reason"] == "retries_used_up"
    assert explanation["sentence"].startswith("All 3 attempts failed, the last with RuntimeError;")

    def find_group() -> Any:
        group = stack.request(f"/errors/{fingerprint}").json
        # Each worker counts for itself, within a second or two.
        is_counted = group.get("failed_attempts", 0) >= 3 * max(1, group.get("deaths", 0))
        return group if is_counted and group["example_event_id"] == event_id else None

    group = eventually(find_group, "its failures are counted")
    assert (group["event_type"], group["error_type"]) == ("demo.fail", "RuntimeError")


def test_it_runs_work_once_that_outlasts_the_visibility(start_stack: StartStack) -> None:
    stack = start_stack(workers=2, VISIBILITY_SECONDS=6, DISPATCH_DUE_SECONDS=5)
    (event,) = stack.wait_until_terminal([stack.post("demo.slow", {"seconds": 10})])

    assert (event["status"], event["attempt_count"]) == ("succeeded", 1)
    eventually(lambda: stack.messages("WORK_QUEUE") == 0, "the work queue is empty")
