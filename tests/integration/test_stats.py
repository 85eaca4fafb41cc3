from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import StartStack
from tests.processes import answers, eventually
from tests.stack import Stack

EVENTS = 300


def stats(stack: Stack) -> Any:
    return stack.read("/stats")


def post_all(stack: Stack, event_type: str, count: int) -> list[str]:
    with ThreadPoolExecutor(8) as clients:
        return list(clients.map(lambda i: stack.post(event_type, {"i": i}), range(count)))


def wait_until_counted(stack: Stack, name: str, count: int) -> None:
    eventually(lambda: stats(stack)["totals"][name] >= count, f"{count} {name} are counted")


def wait_until_in_hour(stack: Stack, name: str, count: int) -> None:
    eventually(
        lambda: sum(stats(stack)["last_hour"][name]) >= count, f"the hour has {count} {name}"
    )


def test_it_counts_exactly_what_was_accepted_and_what_succeeded(start_stack: StartStack) -> None:
    stack = start_stack(API_WORKERS=2)
    stack.wait_until_terminal(post_all(stack, "demo.echo", EVENTS))
    stack.wait_until_terminal([stack.post("demo.fail")])
    # Each process stores its own counts in its own time, and minutes apart from days.
    for name, count in (
        *(("accepted", EVENTS + 1), ("succeeded", EVENTS)),
        *(("failed_attempts", 3), ("dead", 1)),
    ):
        wait_until_counted(stack, name, count)
    for name, count in (("accepted", EVENTS + 1), ("succeeded", EVENTS)):
        wait_until_in_hour(stack, name, count)

    found = stats(stack)
    totals, hour = found["totals"], found["last_hour"]
    assert totals["by_status"] == {"open": 0, "succeeded": EVENTS, "dead": 1}
    assert (totals["accepted"], totals["failed_attempts"]) == (EVENTS + 1, 3)
    assert totals["by_type"]["demo.echo"]["succeeded"] == EVENTS
    assert (sum(hour["accepted"]), sum(hour["succeeded"])) == (EVENTS + 1, EVENTS)
    assert hour["accept_to_success_seconds"]["count"] == EVENTS
    assert found["dead"]["count"] == 1
    assert {each["name"] for each in found["workers"]["seen"]} == set(stack.workers)


def test_it_counts_what_killed_processes_counted(start_stack: StartStack) -> None:
    stack = start_stack(workers=1)
    event_ids = post_all(stack, "demo.echo", EVENTS)
    stack.api.kill()
    stack.start_api()
    eventually(lambda: answers(f"{stack.url}/health"), "the API is back")
    stack.wait_until_terminal(event_ids)
    wait_until_counted(stack, "succeeded", EVENTS)
    wait_until_counted(stack, "accepted", EVENTS)

    totals = stats(stack)["totals"]
    assert (totals["accepted"], totals["succeeded"]) == (EVENTS, EVENTS)


def test_a_stopped_worker_leaves_no_count_behind(start_stack: StartStack) -> None:
    stack = start_stack(workers=1)
    stack.wait_until_terminal(post_all(stack, "demo.echo", 20))
    worker = stack.workers["worker-0"]
    worker.terminate()
    worker.wait()

    assert stats(stack)["totals"]["succeeded"] == 20
    assert stats(stack)["workers"]["seen"] == []
