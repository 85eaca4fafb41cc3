"""An event's life as a row of steps, one row for each generation.

A step's width tells its length by the logarithm: beside a wait of days, an attempt of milliseconds
would not be seen.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.admin import durations
from events.event import Attempt, Event, Outcome, Replay, Status

# The style sheet has a class for each.
WIDEST = 12
_RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time; ``kind`` is waited, running, or an attempt's outcome."""

    kind: str
    label: str
    length: timedelta
    starts_at: datetime

    @property
    def duration(self) -> str:
        return durations.describe(self.length)

    @property
    def width(self) -> int:
        """From 1 for a millisecond to WIDEST for a day."""
        milliseconds = max(1.0, self.length.total_seconds() * 1_000)
        return min(WIDEST, 1 + round(math.log10(milliseconds) * 1.4))


@dataclass(slots=True)
class Generation:
    """One run from received, or replayed, to its outcome."""

    number: int
    starts_at: datetime
    replay: Replay | None = None
    # Attempts before these are counted, but not kept.
    forgotten: int = 0
    steps: list[Step] = field(default_factory=list)
    end: str = ""
    ends_at: datetime | None = None

    @property
    def beginning(self) -> str:
        return "Received" if self.replay is None else "Replayed"

    @property
    def took(self) -> str:
        return durations.describe(self.ends_at - self.starts_at) if self.ends_at else ""


def draw(event: Event, now: datetime) -> list[Generation]:
    """Return the generations, the newest first."""
    replays = {each.generation: each for each in event.replays}
    numbers = range(1, event.generation + 1)
    drawn = [_draw_generation(event, each, replay=replays.get(each), now=now) for each in numbers]
    return drawn[::-1]


def _draw_generation(
    event: Event, number: int, *, replay: Replay | None, now: datetime
) -> Generation:
    starts_at = event.received_at if replay is None else replay.replayed_at
    drawn = Generation(number=number, starts_at=starts_at, replay=replay)
    attempts = [each for each in event.attempts if each.generation == number]
    if attempts:
        drawn.forgotten = attempts[0].number - 1
    reached = starts_at
    for attempt in attempts:
        is_first_known = attempt is attempts[0] and drawn.forgotten
        if not is_first_known:
            drawn.steps.append(_wait(reached, attempt.started_at))
        reached = _end_of(attempt, now)
        drawn.steps.append(_attempt(attempt, reached))
    _finish(drawn, event, reached=reached, now=now)
    return drawn


def _finish(drawn: Generation, event: Event, *, reached: datetime, now: datetime) -> None:
    """Say how a generation ended, or how long it has been waiting."""
    is_newest = drawn.number == event.generation
    if not is_newest or event.status.is_terminal:
        last = drawn.steps[-1].kind if drawn.steps else ""
        succeeded = event.status is Status.SUCCEEDED if is_newest else last == Outcome.SUCCEEDED
        drawn.end = Status.SUCCEEDED if succeeded else Status.DEAD
        drawn.ends_at = reached
    elif event.status is not Status.PROCESSING:
        drawn.steps.append(Step("waiting", "Waiting", now - reached, reached))


def _wait(since: datetime, until: datetime) -> Step:
    return Step("waited", "Waited", max(timedelta(0), until - since), since)


def _attempt(attempt: Attempt, ends_at: datetime) -> Step:
    kind = attempt.outcome.value if attempt.outcome else _RUNNING
    words = kind.replace("_", " ")
    label = f"Attempt {attempt.number} {words}"
    return Step(kind, label, max(timedelta(0), ends_at - attempt.started_at), attempt.started_at)


def _end_of(attempt: Attempt, now: datetime) -> datetime:
    if attempt.ended_at is not None:
        return attempt.ended_at
    # Of a worker that vanished nobody knows when.
    return attempt.started_at if attempt.outcome is Outcome.LOST else now
