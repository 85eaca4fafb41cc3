"""Batches over the real server, to the end of every event in them."""

import gzip
import json
from typing import Any

import httpx

from tests.stack import Stack


def send(stack: Stack, body: bytes, content_type: str, **headers: str) -> Any:
    headers = {"Content-Type": content_type, **headers}
    answer = httpx.post(f"{stack.url}/events/batch", content=body, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.json()


def events(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"event_type": "x.y", "payload": {"n": n}, **fields} for n in range(count)]


def test_it_processes_every_event_of_a_batch(stack: Stack) -> None:
    body = json.dumps({"events": events(250)}).encode()

    answer = send(stack, body, "application/json")

    event_ids = [each["event_id"] for each in answer["results"]]
    assert answer["failed_count"] == 0
    assert len(set(event_ids)) == 250
    ended = stack.wait_until_terminal(event_ids)
    assert [each["payload"]["n"] for each in ended] == list(range(250))


def test_it_takes_compressed_lines(stack: Stack) -> None:
    lines = [json.dumps(each) for each in events(3)]
    body = gzip.compress("\n".join([lines[0], "", "oops", *lines[1:]]).encode())

    answer = send(stack, body, "application/x-ndjson", **{"Content-Encoding": "gzip"})

    codes = [each.get("code") for each in answer["results"]]
    assert codes == [None, "malformed_json", None, None]
    stack.wait_until_terminal(each["event_id"] for each in answer["results"] if "event_id" in each)


def test_it_knows_a_batch_that_comes_again(stack: Stack) -> None:
    entries = [{**each, "idempotency_key": f"batch-{n}"} for n, each in enumerate(events(30))]
    # One payload is an item of its own.
    entries[0]["payload"] = {"text": "x" * 5_000}
    body = json.dumps({"events": [*entries, entries[7]]}).encode()

    first, second = (send(stack, body, "application/json")["results"] for _ in range(2))

    assert [each["event_id"] for each in first] == [each["event_id"] for each in second]
    assert [each["repeated"] for each in first] == [False] * 30 + [True]
    assert all(each["repeated"] for each in second)
