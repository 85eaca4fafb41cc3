"""CloudEvents as the official SDK sends and reads them, over the real server."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent

from tests.processes import LIMIT_SECONDS
from tests.stack import Stack

CASES = [
    ("application/json", {"n": 1.5, "é": ["😀"]}),
    ("text/xml", "<é/>"),
    ("image/png", b"\x00\xff"),
    ("application/json", None),
]
MODES = [to_structured_event, to_binary_event]


def make_cloudevent(content_type: str, data: Any, **attributes: Any) -> CloudEvent:
    said = {
        "type": "x.y",
        "source": "/tests/é 50%",
        "subject": 'a "b"',
        "time": datetime(2020, 1, 2, 3, 4, 5, 678_901, UTC),
        "datacontenttype": content_type,
        "dataschema": "https://example.com/x.json",
        "traceparent": "00-é",
    }
    return CloudEvent(attributes=said | attributes, data=data)


def send(stack: Stack, message: HTTPMessage, path: str = "/events") -> Any:
    answer = httpx.post(
        stack.url + path,
        content=message.body,
        headers=message.headers,
        timeout=LIMIT_SECONDS,
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


def get_cloudevent(stack: Stack, event_id: str) -> Any:
    headers = {"Accept": "application/cloudevents+json"}
    url = f"{stack.url}/events/{event_id}"
    answer = httpx.get(url, headers=headers, timeout=LIMIT_SECONDS)
    return from_http_event(HTTPMessage(dict(answer.headers), answer.content))


def bytes_of(data: Any) -> Any:
    """Return data as it travels: what a body held is bytes, whatever it was before."""
    return data.encode() if isinstance(data, str) else data


@pytest.mark.parametrize("to_message", MODES)
@pytest.mark.parametrize(("content_type", "data"), CASES)
def test_it_gives_a_cloudevent_back(
    *, stack: Stack, to_message: Any, content_type: str, data: Any
) -> None:
    sent = make_cloudevent(content_type, data)

    event_id = send(stack, to_message(sent))["event_id"]

    shown = get_cloudevent(stack, event_id)
    assert shown.get_attributes() == sent.get_attributes()
    assert bytes_of(shown.get_data()) == bytes_of(data)


def test_it_gives_many_cloudevents_back(stack: Stack) -> None:
    sent = [make_cloudevent(content_type, data) for content_type, data in CASES]
    body = b",".join(to_structured_event(each).body for each in sent)
    headers = {"content-type": "application/cloudevents-batch+json"}

    results = send(stack, HTTPMessage(headers, b"[%b]" % body), "/events/batch")["results"]

    shown = [get_cloudevent(stack, each["event_id"]) for each in results]
    assert [each.get_attributes() for each in shown] == [each.get_attributes() for each in sent]


def test_it_knows_a_cloudevent_in_whatever_mode_it_comes_again(stack: Stack) -> None:
    sent = make_cloudevent("application/json", {"n": 1})

    event_ids = {send(stack, to_message(sent))["event_id"] for to_message in MODES}

    assert len(event_ids) == 1


def test_it_gives_the_data_to_its_handler(stack: Stack) -> None:
    sent = make_cloudevent("application/json", {"n": 1}, type="demo.echo")

    (event,) = stack.wait_until_terminal([send(stack, to_binary_event(sent))["event_id"]])

    assert (event["status"], event["result"]) == ("succeeded", json.loads('{"n": 1}'))
