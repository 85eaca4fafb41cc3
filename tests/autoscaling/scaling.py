"""What EC2 Auto Scaling makes of the metrics, minute by minute, by its documentation.

Where that leaves room, the worse is taken: target tracking is said to scale in "conservatively",
which nobody may rely on, so it goes to what the metric asks for at once.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from tests.autoscaling.policy import Policy

MINUTE = 60.0
# Target tracking's own alarms: so many minutes above the target, or below nine tenths of it.
_MINUTES_ABOVE = 3
_MINUTES_BELOW = 15
_BELOW = 0.9


@dataclass(frozen=True, kw_only=True)
class Minute:
    """What CloudWatch has of one minute."""

    visible: float
    received: float
    in_service: int


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The group at the moment of a decision."""

    desired: int
    in_service: int
    warm: int
    # As the policy of steps reckons it.
    step_warm: int

    @property
    def is_growing(self) -> bool:
        return self.desired > self.warm


@dataclass
class Scaling:
    """Decides how many hosts there are to be."""

    policy: Policy
    _minutes: deque[Minute] = field(default_factory=lambda: deque(maxlen=_MINUTES_BELOW))

    def decide(self, minute: Minute, hosts: Hosts) -> int:
        """Take the minute in and return the hosts wanted; the most of all policies wins."""
        self._minutes.append(minute)
        wanted = [self._track(hosts, each) for each in self._targets()]
        out = max([*wanted, self._step(hosts)])
        if out > hosts.desired:
            return min(self.policy.most, out)
        # In only if every policy says so, and while no host starts or warms up.
        if max(wanted) < hosts.desired and not hosts.is_growing:
            return max(self.policy.least, *wanted)
        return hosts.desired

    def _targets(self) -> list[tuple[float, list[float]]]:
        """Return each target, with its metric by the minute."""
        per_host = [(each, max(1, each.in_service)) for each in self._minutes]
        targets = [(self.policy.backlog, [minute.visible / n for minute, n in per_host])]
        if self.policy.pace is not None:
            paces = [minute.received / MINUTE / n for minute, n in per_host]
            targets.append((self.policy.pace, paces))
        return targets

    def _track(self, hosts: Hosts, tracked: tuple[float, list[float]]) -> int:
        target, values = tracked
        # Of the very minute: what it says of its hosts says nothing of those that came since.
        wanted = math.ceil(self._minutes[-1].in_service * values[-1] / target)
        recent = values[-_MINUTES_ABOVE:]
        if len(recent) == _MINUTES_ABOVE and min(recent) > target:
            return max(wanted, hosts.desired)
        if len(values) == _MINUTES_BELOW and max(values) < _BELOW * target:
            return min(wanted, hosts.desired)
        return hosts.desired

    def _step(self, hosts: Hosts) -> int:
        """Add to the warm hosts; those that are on their way count as added already."""
        waits = [each.visible * MINUTE / max(1.0, each.received) for each in self._minutes]
        recent = waits[-self.policy.wait_periods :]
        above = min(recent) - self.policy.wait_threshold
        if len(recent) < self.policy.wait_periods or above <= 0:
            return hosts.desired
        beyond = waits[-1] - self.policy.wait_threshold
        percent = max(each.percent for each in self.policy.steps if beyond >= each.from_seconds)
        more = max(self.policy.least_step, math.floor(hosts.step_warm * percent / 100))
        return max(hosts.desired, hosts.step_warm + more)
