"""Memory of a platform's processes while it is under load."""

import statistics
import threading
from collections.abc import Sequence
from typing import NamedTuple, Self

from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured

_SAMPLE_SECONDS = 5.0


class Course(NamedTuple):
    """MiB before a run, in its second tenth, when all is warm, and in its last tenth (medians)."""

    before: float
    warm: float
    last: float


class MemoryWatch:
    """Samples what API and workers keep in memory from the start of a ``with`` block on.

    It ends with the load, after so many seconds; what comes then says nothing about it.
    """

    def __init__(self, stack: PlatformStack, *, seconds: float) -> None:
        self._processes = {"API": [Measured(stack.api)]}
        if stack.workers:
            self._processes["workers"] = [Measured(each) for each in stack.workers.values()]
        self._samples: dict[str, list[float]] = {name: [] for name in self._processes}
        self._count = max(2, round(seconds / _SAMPLE_SECONDS))
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def courses(self) -> dict[str, Course]:
        return {name: course_of(samples) for name, samples in self._samples.items()}

    def _watch(self) -> None:
        for _ in range(self._count):
            for name, processes in self._processes.items():
                self._samples[name].append(sum(each.memory_mib for each in processes))
            if self._is_over.wait(_SAMPLE_SECONDS):
                return


def course_of(samples: Sequence[float]) -> Course:
    """Tell the course of samples at even distances, the first from before the load."""
    tenth = max(1, len(samples) // 10)
    return Course(
        before=samples[0],
        warm=statistics.median(samples[tenth : 2 * tenth] or samples),
        last=statistics.median(samples[-tenth:]),
    )
