"""What is claimed of the scaling; docs/capacity.md tells it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.autoscaling import loads
from tests.autoscaling.policy import Policy
from tests.autoscaling.simulation import Course, Load, Simulation, World

BURST_MINUTES, FLASH_MINUTES, TRICKLE_MINUTES = 20, 45, 12
# Less than this is work under way, not a backlog.
_NOTHING = 1_000
_STEADY_RATES = (100, 190, 450, 777, 1_000, 1_390)
_STEADY_HOURS, _SETTLED_MINUTES = 5, 90


@dataclass(frozen=True)
class Claim:
    what: str
    fault: Callable[[Policy], str | None]


def _drains(
    load: Load, at: float, minutes: float, *, world: World | None = None
) -> Callable[[Policy], str | None]:
    def fault(policy: Policy) -> str | None:
        seconds = Simulation(policy, load, world).run(4).drained_after(at, backlog=_NOTHING)
        return f"it took {seconds / 60:.0f} minutes" if seconds > minutes * 60 else None

    return fault


def _day_keeps_up(policy: Policy) -> str | None:
    backlog = max(Simulation(policy, loads.day).run(24).backlogs)
    return f"{backlog:.0f} events waited" if backlog > _NOTHING else None


def _is_calm(policy: Policy) -> str | None:
    for rate in _STEADY_RATES:
        course = Simulation(policy, lambda _, rate=rate: rate).run(_STEADY_HOURS)  # type: ignore[misc]
        if course.reversals:
            return f"at {rate} events a second it goes in and out {len(course.reversals)} times"
        if (backlog := max(course.backlogs[_SETTLED_MINUTES:])) > _NOTHING:
            return f"at {rate} events a second {backlog:.0f} events wait"
    return None


def _day_is_calm(policy: Policy) -> str | None:
    # Each morning more are needed than were let go at night.
    count = len(Simulation(policy, loads.day).run(48).reversals)
    return f"in two days it turned {count} times" if count > 1 else None


def _kills_nothing(policy: Policy) -> str | None:
    courses = [Simulation(policy, loads.burst).run(4), Simulation(policy, loads.day).run(24)]
    if not all(course.left for course in courses):
        return "no host left"
    killed = sum(course.killed for course in courses)
    return f"{killed} handlers were cut off" if killed else None


CLAIMS: Sequence[Claim] = (
    Claim(
        f"a burst drains within {BURST_MINUTES} minutes",
        _drains(loads.burst, loads.BURST_AT, BURST_MINUTES),
    ),
    Claim(
        f"a flash crowd drains within {FLASH_MINUTES} minutes",
        _drains(loads.flash_crowd, loads.FLASH_AT, FLASH_MINUTES),
    ),
    Claim(
        f"what slow hosts leave is gone within {TRICKLE_MINUTES} minutes",
        _drains(loads.trickle, loads.BURST_AT, TRICKLE_MINUTES, world=World(events_per_second=30)),
    ),
    Claim("a day leaves no backlog", _day_keeps_up),
    Claim("a steady load does not flap", _is_calm),
    Claim("a day does not flap", _day_is_calm),
    Claim("scaling in kills no work", _kills_nothing),
)


def course_of(policy: Policy, name: str) -> Course:
    """Return what a picture shows."""
    load, hours = PICTURES[name]
    return Simulation(policy, load).run(hours)


PICTURES: dict[str, tuple[Load, float]] = {
    "burst": (loads.burst, 2),
    "day": (loads.day, 24),
    "flash-crowd": (loads.flash_crowd, 3),
}
