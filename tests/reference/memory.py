"""Memory of a platform's processes over a run."""

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
    """Samples what API and workers keep in memory, for the length of a ``with`` block."""

    def __init__(self, stack: PlatformStack) -> None:
        self._processes = [Measured(each) for each in (stack.api, *stack.workers.values())]
        self._samples = [self._sample()]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def course(self) -> Course:
        return course_of(self._samples)

    def _watch(self) -> None:
        while not self._is_over.wait(_SAMPLE_SECONDS):
            self._samples.append(self._sample())
        self._samples.append(self._sample())

    def _sample(self) -> float:
        return sum(each.memory_mib for each in self._processes)


def course_of(samples: Sequence[float]) -> Course:
    """Tell the course of samples at even distances, the first from before the run."""
    before, *later = samples
    tenth = max(1, len(later) // 10)
    return Course(
        before=before,
        warm=statistics.median(later[tenth : 2 * tenth] or later),
        last=statistics.median(later[-tenth:]),
    )
