import json

import pytest
from django.conf import settings

from tests.stack import Stack

DEPTH = settings.JSON_DEPTH_LIMIT - 2
PAYLOADS = [
    "{}",
    '{"big": 123456789012345678901234567890, "negative": -0}',
    '{"float": 0.1, "huge": 1e400, "tiny": 1E-400, "zeros": 1.50000}',
    '{"text": "", "null": null, "": [], "list": [null, "", {}]}',
    '{"astral": "😀🦄", "escaped": "\\ud83d\\ude00\\u0000\\/\\n", "rtl": "\u202e"}',
    '{ "spaced" :\n\t[ 1 , 2 ] , "order": 1, "a": 2 }',
    f'{{"deep": {"[" * DEPTH}{"]" * DEPTH}}}',
    f'{{"large": "{"ü😀" * 20_000}"}}',
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_it_gives_back_a_payload_byte_for_byte(payload: str, stack: Stack) -> None:
    answer = stack.request("/events", f'{{"event_type": "x.y", "payload": {payload}}}'.encode())
    assert answer.status == 202, answer
    event_id = answer.json["event_id"]
    stack.wait_until_terminal([event_id])

    shown = stack.request(f"/events/{event_id}").body.decode()
    assert f'"payload":{payload},' in shown


def test_it_gives_the_payload_to_its_handler(stack: Stack) -> None:
    payload = {"big": 123456789012345678901234567890, "text": "😀", "list": [None, "", {}]}
    (event,) = stack.wait_until_terminal([stack.post("demo.echo", payload)])

    assert event["result"] == json.loads(json.dumps(payload))
