"""One trace from a client's request to the last attempt, as a collector gets it."""

import json
import urllib.request
from typing import Any

from tests.collector import Collector, Span
from tests.processes import eventually
from tests.stack import Stack

CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"
MARKER = "marker-in-a-traced-payload"


def post(stack: Stack, path: str, body: Any, **headers: str) -> tuple[dict[str, Any], str]:
    """Return the answer and the trace context that came with it."""
    request = urllib.request.Request(  # noqa: S310  # loopback
        stack.url + path,
        json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {stack.key}",
            **headers,
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer), answer.headers["traceresponse"]


def wait_for(collector: Collector, event_id: str, kind: str, *, count: int) -> list[Span]:
    eventually(
        lambda: len(collector.of_event(event_id, kind)) >= count, f"{count} {kind} spans come"
    )
    return collector.of_event(event_id, kind)


def test_it_makes_one_trace_of_request_and_attempts(
    production: Stack, collector: Collector
) -> None:
    answer, told = post(
        production,
        "/events",
        {"event_type": "demo.flaky", "payload": {"note": MARKER}},
        traceparent=f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01",
    )
    event_id = answer["event_id"]
    (accept,) = wait_for(collector, event_id, "SERVER", count=1)
    attempts = wait_for(collector, event_id, "CONSUMER", count=3)

    assert (accept.name, accept.parent_id) == ("POST /events", CLIENT_SPAN)
    assert told == f"00-{CLIENT_TRACE}-{accept.span_id}-01"
    assert {span.trace_id for span in (accept, *attempts)} == {CLIENT_TRACE}
    assert {span.parent_id for span in attempts} == {accept.span_id}
    assert [(span.attributes["attempt"], span.attributes["outcome"]) for span in attempts] == [
        (1, "failed"),
        (2, "failed"),
        (3, "succeeded"),
    ]
    assert [span.is_error for span in attempts] == [True, True, False]
    assert attempts[0].attributes["error.type"] == "ConnectionError"
    workers = {span.resource["service.instance.id"] for span in attempts}
    assert workers <= {"worker-0", "worker-1"}
    assert accept.resource["service.instance.id"] == "api"
    parts = {span.name for span in collector.spans if span.parent_id == accept.span_id}
    assert parts == {"process demo.flaky", "store", "queue"}
    assert not any(MARKER.encode() in body for body in collector.bodies)


def test_it_hands_the_trace_on_to_what_a_handler_calls(
    production: Stack, collector: Collector
) -> None:
    event_id = production.post("test.headers")
    (event,) = production.wait_until_terminal([event_id])
    (attempt,) = wait_for(collector, event_id, "CONSUMER", count=1)

    _, trace_id, span_id, _ = event["result"]["traceparent"].split("-")
    assert (trace_id, span_id) == (attempt.trace_id, attempt.span_id)


def test_it_keeps_the_trace_over_a_replay(production: Stack, collector: Collector) -> None:
    event_id = production.post("demo.echo")
    production.wait_until_terminal([event_id])
    post(production, f"/events/{event_id}/replay", {"reason": "again"})
    first, second = wait_for(collector, event_id, "CONSUMER", count=2)
    replay = next(
        each
        for each in wait_for(collector, event_id, "SERVER", count=2)
        if each.name == "POST /events/<event_id>/replay"
    )

    assert (second.trace_id, second.parent_id) == (first.trace_id, first.parent_id)
    assert second.attributes["generation"] == 2
    assert second.links == [(replay.trace_id, replay.span_id)]


def test_it_leaves_out_what_the_client_does_not_sample(
    production: Stack, collector: Collector
) -> None:
    unsampled = CLIENT_TRACE[::-1]
    answer, _ = post(
        production,
        "/events",
        {"event_type": "demo.echo", "payload": {}},
        traceparent=f"00-{unsampled}-{CLIENT_SPAN}-00",
    )
    production.wait_until_terminal([answer["event_id"]])
    # What comes later, came with nothing of it before.
    other = production.post("demo.echo")
    wait_for(collector, other, "CONSUMER", count=1)

    assert unsampled not in {span.trace_id for span in collector.spans}


def test_it_tells_of_an_attempt_whose_process_was_replaced(
    production: Stack, collector: Collector
) -> None:
    event_id = production.post("test.hang")
    (attempt,) = wait_for(collector, event_id, "CONSUMER", count=1)
    if attempt.attributes["worker"] == "worker-0":
        eventually(lambda: not production.workers["worker-0"].is_running, "the hung worker ends")
        production.start_worker("worker-0")

    assert attempt.attributes["outcome"] == "timed_out"
