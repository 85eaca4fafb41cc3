"""Memory: of a worker that faces a backlog, and of API and worker under a long, steady load."""

import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from tests.bench import client
from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig
from tests.bench.scale import Scale
from tests.bench.services import make_event

_LONGEST_LOOK_SECONDS = 60.0
# The emulated AWS has to carry it to the end, with all that it holds by then.
_SOAK_PER_SECOND = 50
_SAMPLE_SECONDS = 10


def measure_backlog(rig: Rig, scale: Scale) -> dict[str, Any]:
    """Let a worker start on a long queue, and watch its memory for a minute."""
    with PlatformStack(rig.endpoint, rig.folder / "stack") as stack:
        (worker,) = (Measured(each) for each in stack.workers.values())
        before = worker.memory_mib
        worker.pause()
        stack.fill(scale.backlog)
        waiting = stack.messages("WORK_QUEUE")
        worker.resume()
        samples = list(_watch(worker, stack))
        return {
            "messages": waiting,
            "worker_mib": {"before": before, "highest": max(samples), "last": samples[-1]},
        }


def measure_soak(rig: Rig, scale: Scale) -> dict[str, Any]:
    """Post steadily and watch the memory of an API and a worker."""
    with PlatformStack(rig.endpoint, rig.folder / "stack") as stack:
        (worker,) = stack.workers.values()
        processes = {"API": Measured(stack.api), "worker": Measured(worker)}
        samples: dict[str, list[float]] = {name: [] for name in processes}
        for _ in _pace(scale.soak_minutes * 60 / _SAMPLE_SECONDS, stack):
            for name, each in processes.items():
                samples[name].append(each.memory_mib)
        return {
            "minutes": scale.soak_minutes,
            "events": len(samples["API"]) * _SAMPLE_SECONDS * _SOAK_PER_SECOND,
            "left_in_the_queue": stack.messages("WORK_QUEUE"),
            **{f"{name}_mib": _course(each) for name, each in samples.items()},
        }


def _watch(worker: Measured, stack: PlatformStack) -> Iterator[float]:
    ends_at = time.monotonic() + _LONGEST_LOOK_SECONDS
    while stack.messages("WORK_QUEUE") and time.monotonic() < ends_at:
        yield worker.memory_mib
        time.sleep(0.5)
    yield worker.memory_mib


def _pace(samples: float, stack: PlatformStack) -> Iterator[None]:
    """Post so many events a second, and yield whenever it is time for a sample."""
    body = json.dumps(make_event()).encode()
    request = client.make_request(stack.port, "/events", token=stack.token, body=body)
    started = time.monotonic()
    for second in range(round(samples) * _SAMPLE_SECONDS):
        client.post(stack.port, request, count=_SOAK_PER_SECOND, connections=4)
        time.sleep(max(0.0, started + second + 1 - time.monotonic()))
        if (second + 1) % _SAMPLE_SECONDS == 0:
            yield


def _course(samples: list[float]) -> dict[str, float]:
    """Compare the second tenth, when all is warm, to the last one."""
    tenth = max(1, len(samples) // 10)
    return {
        "warm": statistics.median(samples[tenth : 2 * tenth] or samples),
        "last": statistics.median(samples[-tenth:]),
        "highest": max(samples),
    }
