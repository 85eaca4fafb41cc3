"""Memory of a worker that faces a backlog."""

import time
from collections.abc import Iterator
from typing import Any

from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig
from tests.bench.scale import Scale

_LONGEST_LOOK_SECONDS = 60.0


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


def _watch(worker: Measured, stack: PlatformStack) -> Iterator[float]:
    ends_at = time.monotonic() + _LONGEST_LOOK_SECONDS
    while stack.messages("WORK_QUEUE") and time.monotonic() < ends_at:
        yield worker.memory_mib
        time.sleep(0.5)
    yield worker.memory_mib
