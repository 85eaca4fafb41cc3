"""Sets this process's clock wrong: Python imports this first where the folder is on its path.

Debian's faketime cannot: under it either time.sleep() fails (EINVAL) or locks never time out.
"""

import os
import time

_SKEW_SECONDS = float(os.environ["CLOCK_SKEW_SECONDS"])
_true_time, _true_time_ns = time.time, time.time_ns


def _wrong_time() -> float:
    return _true_time() + _SKEW_SECONDS


def _wrong_time_ns() -> int:
    return _true_time_ns() + int(_SKEW_SECONDS * 1_000_000_000)


# The sense of durations, time.monotonic(), stays right, as on a host whose clock was set wrong.
time.time, time.time_ns = _wrong_time, _wrong_time_ns
