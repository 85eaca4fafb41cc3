"""Shapes of load as tables: until which part of the time runs which part of the users."""

import itertools
from typing import NamedTuple


class Stage(NamedTuple):
    """Both are parts of what was asked for, from 0 to 1."""

    until: float
    users: float


SHAPES: dict[str, tuple[Stage, ...]] = {
    "steady": (Stage(1.0, 1.0),),
    "ramp": (
        Stage(0.2, 0.2),
        Stage(0.4, 0.4),
        Stage(0.6, 0.6),
        Stage(0.8, 0.8),
        Stage(1.0, 1.0),
    ),
    # Five times as many for a fifth of the time, and time to recover.
    "spike": (Stage(0.4, 0.2), Stage(0.6, 1.0), Stage(1.0, 0.2)),
    # Warmed up before it is looked at.
    "soak": (Stage(0.05, 0.5), Stage(1.0, 1.0)),
    # Where it bends is for the history to tell.
    "breakpoint": tuple(Stage(step / 10, step / 10) for step in range(1, 11)),
}


def stage_at(stages: tuple[Stage, ...], part: float) -> Stage | None:
    """Return the stage at this part of the time; none when the time is over."""
    return next((stage for stage in stages if part < stage.until), None)


def seconds_to_spawn(stages: tuple[Stage, ...], users: int, spawn: int) -> float:
    """Return how long a run must be for each stage to have its users by its end."""
    starts = (Stage(0.0, 0.0), *stages)
    return max(
        (stage.users - before.users) * users / spawn / (stage.until - before.until)
        for before, stage in itertools.pairwise(starts)
    )
