"""Every line of the log, as the platform writes it in production under all sorts of work."""

import json
import socket
from collections import Counter
from typing import Any, NamedTuple

import pytest

from tests.processes import eventually
from tests.stack import Stack

# In payloads, in what is no JSON, in paths that nobody asked for.
MARKER = "marker-of-a-payload"
EVENT_TYPES = (
    *("demo.echo", "demo.flaky", "demo.fail", "test.leak", "test.exit"),
    "nobody.handles",
)
ATTEMPT = {"request_id", "event_id", "generation", "attempt", "tenant", "trace_id"}
ENDS = {"attempt_succeeded", "attempt_failed", "event_died"}


class Work(NamedTuple):
    """What was done, and every line that was written meanwhile."""

    events: list[dict[str, Any]]
    lines: list[str]

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture(scope="module")
def work(production: Stack) -> Work:
    payload = {"note": MARKER}
    event_ids = _log_in_both_pools(production, payload)
    hanging_id = _post(production, "test.hang", payload)
    event_ids += [hanging_id, *(_post(production, each, payload) for each in EVENT_TYPES)]
    _send_what_is_wrong(production)
    events = production.wait_until_terminal(event_ids)
    eventually(lambda: _all_ends_are_logged(production, event_ids), "all ends are logged")
    hung_in = events[event_ids.index(hanging_id)]["attempts"][0]["worker"]
    if hung_in == "worker-0":
        hung = production.workers[hung_in]
        eventually(lambda: not hung.is_running, "the hung worker has ended")
        production.start_worker(hung_in)
    return Work(events, _lines(production))


def _post(stack: Stack, event_type: str, payload: Any) -> str:
    return stack.post(event_type, payload, request_id=_request_id(event_type))


def _request_id(event_type: str) -> str:
    return f"request-{event_type}"


def _lines(stack: Stack) -> list[str]:
    """Return the whole lines that the long-lived processes have written so far."""
    logs = [each.log for each in (stack.api, *stack.workers.values())]
    return [line for log in logs for line in log.rpartition("\n")[0].splitlines()]


def _all_ends_are_logged(stack: Stack, event_ids: list[str]) -> bool:
    last = [line for line in _lines(stack) if "attempt_succeeded" in line or "event_died" in line]
    return all(any(event_id in line for line in last) for event_id in event_ids)


def _log_in_both_pools(stack: Stack, payload: Any) -> list[str]:
    event_ids: list[str] = []

    def have_both() -> bool:
        event_ids.append(_post(stack, "test.logs", payload))
        events = stack.wait_until_terminal(event_ids)
        return len({event["attempts"][0]["worker"] for event in events}) == 2

    eventually(have_both, "handlers have logged in both pools")
    return event_ids


def _send_what_is_wrong(stack: Stack) -> None:
    for body in (f'{{"payload": "{MARKER}" ', f'{{"event_type": 7, "payload": "{MARKER}"}}'):
        assert stack.request("/events", body.encode()).status in {400, 422}
    batch = {"events": [{"event_type": "", "payload": MARKER}]}
    assert stack.request("/events/batch", json.dumps(batch).encode()).status == 422
    assert stack.request("/events", b"{}", key=f"evp_00000000_{MARKER}").status == 401
    assert stack.request(f"/{MARKER}").status == 404
    with socket.create_connection(("127.0.0.1", int(stack.url.rpartition(":")[2]))) as client:
        client.sendall(f"GARBAGE {MARKER}\r\n\r\n".encode())
        assert client.recv(65_536).startswith(b"HTTP/1.1 400")


def test_it_writes_json_and_nothing_else(work: Work) -> None:
    for document in work.documents:
        assert {"event", "level", "logger", "process", "timestamp"} <= document.keys()


def test_it_never_writes_a_payload(work: Work) -> None:
    assert not [line for line in work.lines if MARKER in line]


def test_it_says_of_each_attempt_whose_it_is_and_how_it_ended(work: Work) -> None:
    ends = [each for each in work.documents if each["event"] in ENDS]
    ended = Counter((each["event_id"], each["generation"], each["attempt"]) for each in ends)

    assert all(each.keys() >= ATTEMPT for each in ends)
    for event in work.events:
        attempts = [
            (event["event_id"], each["generation"], each["number"]) for each in event["attempts"]
        ]
        assert [ended[each] for each in attempts] == [1] * len(attempts)


def test_it_names_the_request_in_all_that_is_said_of_an_event(work: Work) -> None:
    requests = {event["event_id"]: _request_id(event["event_type"]) for event in work.events}
    said = [each for each in work.documents if each.get("event_id") in requests]

    assert {each["logger"].partition(".")[0] for each in said} >= {"tasks", "shop"}
    assert [each for each in said if each.get("request_id") != requests[each["event_id"]]] == []


def test_it_binds_the_attempt_to_what_a_handler_logs(work: Work) -> None:
    by_event = {event["event_id"]: event for event in work.events}
    shipped = [each for each in work.documents if each["event"] == "order_shipped"]

    assert {each["process"] for each in shipped} == {"worker-0", "worker-1"}
    for document in shipped:
        assert document.keys() >= ATTEMPT
        event = by_event[document["event_id"]]
        assert (document["tenant"], document["process"]) == (
            event["tenant"],
            event["attempts"][0]["worker"],
        )
        assert document["iban"] == "[redacted]"
    assert Counter(each["event"] for each in work.documents)["packed"] == len(shipped)
    assert "slow, token=[redacted]" in {each["event"] for each in work.documents}


def test_it_says_nothing_twice(work: Work) -> None:
    said = Counter(
        json.dumps({name: value for name, value in each.items() if name != "timestamp"})
        for each in work.documents
        if {"event_id", "request_id"} & each.keys()
    )

    assert not [line for line, count in said.items() if count > 1]


def test_its_levels_tell_what_needs_somebody(work: Work) -> None:
    levels = {
        (each["event"], each["level"]) for each in work.documents if each["logger"][:5] == "tasks"
    }

    assert levels >= {
        ("attempt_succeeded", "info"),
        ("attempt_failed", "warning"),
        ("attempt_hung", "error"),
        ("event_died", "error"),
    }
