"""Faults on the way to AWS, for tests and drills."""

from tests.faults.proxy import FaultProxy
from tests.faults.rules import (
    delay,
    drop,
    duplicate,
    hang,
    lose_answer,
    refuse,
    respond,
    throttle,
)

__all__ = [
    "FaultProxy",
    "delay",
    "drop",
    "duplicate",
    "hang",
    "lose_answer",
    "refuse",
    "respond",
    "throttle",
]
