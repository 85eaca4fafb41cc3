"""What the platform asks of AWS: for an event alone, at saturation, and in an idle hour."""

import time
from typing import Any

from tests.bench.meter import Meter, Use, metered_stack
from tests.bench.platform_stack import SETTINGS, PlatformStack
from tests.bench.rig import Measured, Rig
from tests.bench.scale import Scale
from tests.bench.services import make_event, post

# With what the platform adds, the item stays within a kilobyte: the events that the bill is for.
_PAYLOAD_BYTES = 400
# What a host in the region waits for an answer, about; the emulator takes a millisecond, and
# the longer a call is under way, the more entries gather for the next.
LATENCY_MS = {"DynamoDB": 5.0, "SQS": 10.0}
_HOUR_SECONDS = 3_600
# What a process does in the background falls into some of the tries, and never lessens one.
_TRIES = 10
# What a start costs is over by then.
_START_SECONDS = 10.0


def count_at_saturation(rig: Rig, scale: Scale) -> dict[str, Any]:
    """Post as fast as the API takes it, let a worker empty the full queue, and count."""
    events = scale.counted_events
    with metered_stack(rig) as (stack, meter):
        _run_events(rig, stack, 50)
        meter.take()
        _run_events(rig, stack, events)
        fast = _per_event(meter.take(), events)
        meter.latency_ms = LATENCY_MS
        _run_events(rig, stack, events)
        return {"as the emulator answers": fast, "as AWS answers": _per_event(meter.take(), events)}


def count_alone(rig: Rig, _scale: Scale) -> dict[str, Any]:
    """Post one event, wait for its end, and count; of several tries the one that took least."""
    with metered_stack(rig) as (stack, meter):
        queue_url = stack.work_queue_url
        uses = []
        for _ in range(_TRIES):
            meter.take()
            stack.ask("/events", make_event(_PAYLOAD_BYTES), method="POST")
            rig.wait_until_drained(queue_url)
            use = meter.take()
            # An event whose message was not sent at once ends later, by recovery.
            if any(request.operation == "DeleteMessageBatch" for request in use.requests):
                uses.append(use)
        return _per_event(min(uses, key=lambda use: len(use.requests)), 1)


def count_while_idle(rig: Rig, scale: Scale) -> dict[str, Any]:
    """Count what an API and a worker ask while there is nothing to do, scaled to an hour."""
    with metered_stack(rig) as (stack, meter):
        (worker,) = stack.workers.values()
        processes = {"API": Measured(stack.api), "worker": Measured(worker)}
        time.sleep(min(_START_SECONDS, scale.idle_seconds))
        meter.take()
        before = {name: each.cpu_seconds for name, each in processes.items()}
        time.sleep(scale.idle_seconds)
        hours = scale.idle_seconds / _HOUR_SECONDS
        cpu_seconds = {
            name: (each.cpu_seconds - before[name]) / hours for name, each in processes.items()
        }
        return {**_per_hour(meter, hours), "cpu_seconds_per_hour": cpu_seconds}


def _run_events(rig: Rig, stack: PlatformStack, count: int) -> None:
    (worker,) = (Measured(each) for each in stack.workers.values())
    worker.pause()
    post(stack.port, "/events", make_event(_PAYLOAD_BYTES), count=count, token=stack.token)
    worker.resume()
    rig.wait_until_drained(stack.work_queue_url)


def _per_event(use: Use, events: int) -> dict[str, Any]:
    calls = use.calls(1 / events)
    totals = dict.fromkeys((name.partition(":")[0] for name in calls), 0.0)
    for name, count in calls.items():
        totals[name.partition(":")[0]] += count
    units = {f"write, {name} table": count / events for name, count in use.write_units.items()}
    return {
        "calls_per_event": calls,
        "calls_per_event_in_all": totals,
        "entries_per_call": use.entries_per_call(),
        "units_per_event": {**units, "read": use.read_units / events},
    }


def _per_hour(meter: Meter, hours: float) -> dict[str, Any]:
    use = meter.take()
    units = {f"write, {name} table": count / hours for name, count in use.write_units.items()}
    names = ("LONG_POLL_SECONDS", "HEARTBEAT_SECONDS", "RECOVERY_INTERVAL_SECONDS")
    return {
        "settings": {name: float(SETTINGS[name]) for name in names},
        "calls_per_hour": use.calls(1 / hours),
        "units_per_hour": {**units, "read": use.read_units / hours},
    }
