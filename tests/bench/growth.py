"""Calls and units of one request each, over a table that grows."""

import urllib.error
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from tests.bench.meter import Meter, Use, metered_stack
from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig
from tests.bench.scale import Scale
from tests.bench.services import make_event
from tests.processes import eventually

# What a process does in the background falls into some of the tries, and never lessens one.
_TRIES = 5
_NOT_MEASURED = {
    HTTPStatus.NOT_FOUND: "not served",
    # It sorts all entries of a partition for a query.
    HTTPStatus.SERVICE_UNAVAILABLE: "the emulator was too slow for the store's deadline",
}


def count_growth(rig: Rig, scale: Scale) -> dict[str, Any]:
    """Count what a request asks of DynamoDB, at each size of the table."""
    counted: dict[str, Any] = {}
    with metered_stack(rig) as (stack, meter):
        stored = 0
        for size in scale.table_sizes:
            stack.seed(stored, size)
            stored = size
            counted[f"{size} events"] = _count_requests(stack, meter)
    return counted


def _count_requests(stack: PlatformStack, meter: Meter) -> dict[str, Any]:
    ended = [_post(stack)["event_id"] for _ in range(_TRIES)]
    eventually(lambda: all(_has_ended(stack, each) for each in ended), "the events end")
    (worker,) = (Measured(each) for each in stack.workers.values())
    worker.pause()
    try:
        requests = {
            "POST /events": [partial(_post, stack)] * _TRIES,
            "GET /events/{id}": [partial(stack.ask, f"/events/{each}") for each in ended],
            "GET /events": [partial(stack.ask, "/events?limit=50")] * _TRIES,
            "GET /events?event_type=": [
                partial(stack.ask, "/events?event_type=bench.noop&limit=50")
            ]
            * _TRIES,
            "POST /events/{id}/replay": [partial(_replay, stack, each) for each in ended],
        }
        return {name: _least(meter, tries) for name, tries in requests.items()}
    finally:
        worker.resume()


def _replay(stack: PlatformStack, event_id: str) -> Any:
    return stack.ask(f"/events/{event_id}/replay", {"reason": "measured"}, method="POST")


def _least(meter: Meter, tries: Sequence[Callable[[], Any]]) -> dict[str, Any]:
    uses: list[Use] = []
    reason = ""
    for act in tries:
        try:
            uses.append(_use(meter, act))
        except urllib.error.HTTPError as error:
            if error.code not in _NOT_MEASURED:
                raise
            reason = _NOT_MEASURED[error.code]
    if not uses:
        return {"calls": reason}
    return {
        "calls": min(use.dynamodb_calls for use in uses),
        "write_units": min(use.write_units["events"] for use in uses),
        "read_units": min(use.read_units for use in uses),
    }


def _use(meter: Meter, act: Callable[[], Any]) -> Use:
    meter.take()
    act()
    return meter.take()


def _post(stack: PlatformStack) -> Any:
    return stack.ask("/events", make_event(400), method="POST")


def _has_ended(stack: PlatformStack, event_id: str) -> bool:
    return bool(stack.ask(f"/events/{event_id}")["status"] == "succeeded")
