"""A discrete-event simulation of the queue, the workers' hosts and those who start and end them."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.autoscaling.policy import Policy
from tests.autoscaling.scaling import MINUTE, Hosts, Minute, Scaling

Load = Callable[[float], float]

_FLOW_SECONDS = 10.0
# Of the handlers that run at a moment, those that take long: of those that start, one in 300.
_LONG_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class World:
    """What Terraform does not set; assumptions, each to be replaced by what was measured."""

    # From the launch to the hook's end: image, packages, release, playbook.
    boot_seconds: float = 300.0
    # Until the agent on a host has seen that the host is to go.
    notice_seconds: float = 30.0
    # CloudWatch has a minute of SQS one later.
    delay_minutes: int = 1
    # Handlers that run at a time on a host: two processes of 32 threads.
    handlers: int = 64
    # What a host does, whatever Terraform was told of it.
    events_per_second: float = 100.0
    mean_handler_seconds: float = 0.64
    # A few take long.
    longest_handler_seconds: float = 20.0


@dataclass
class Host:
    launched_at: float
    in_service_at: float | None = None
    is_leaving: bool = False


@dataclass(kw_only=True)
class Course:
    """What happened, by the minute, and what must not happen."""

    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    backlogs: list[float] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    desired: list[int] = field(default_factory=list)
    killed: int = 0
    left: int = 0
    abandoned: int = 0

    @property
    def reversals(self) -> list[float]:
        """The moments at which hosts were asked for again, after some were let go."""
        moves = [
            (second, after - before)
            for second, (before, after) in zip(
                self.seconds[1:], itertools.pairwise(self.desired), strict=True
            )
            if after != before
        ]
        return [
            second for (_, first), (second, then) in itertools.pairwise(moves) if first < 0 < then
        ]

    def drained_after(self, second: float, *, backlog: float) -> float:
        """Return how long after a moment the backlog was last above a size."""
        late = [
            at
            for at, size in zip(self.seconds, self.backlogs, strict=True)
            if at >= second and size > backlog
        ]
        return max(late, default=second) - second


class Simulation:
    def __init__(self, policy: Policy, load: Load, world: World | None = None) -> None:
        self._policy, self._load, self._world = policy, load, world or World()
        self._scaling = Scaling(policy)
        self._chance = random.Random(7)  # noqa: S311  # the same each time
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._now = 0.0
        self._backlog = 0.0
        self._visible: list[float] = []
        self._received = 0.0
        self._minutes: list[Minute] = []
        self._hosts = [Host(-1e9, -1e9) for _ in range(policy.least)]
        self._desired = policy.least
        self.course = Course()

    def run(self, hours: float) -> Course:
        self._after(_FLOW_SECONDS, self._flow)
        self._after(MINUTE, self._end_minute)
        while self._happenings and self._happenings[0][0] <= hours * 3_600:
            self._now, _, happen = heapq.heappop(self._happenings)
            happen()
        return self.course

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (self._now + seconds, next(self._numbers), happen))

    def _flow(self) -> None:
        """Let events come, and be received, for a few seconds."""
        self._backlog += self._load(self._now) * _FLOW_SECONDS
        can_take = len(self._working) * self._world.events_per_second * _FLOW_SECONDS
        taken = min(self._backlog, can_take)
        self._backlog -= taken
        self._received += taken
        self._visible.append(self._backlog)
        self._after(_FLOW_SECONDS, self._flow)

    def _end_minute(self) -> None:
        visible = sum(self._visible) / len(self._visible)
        workers = len(self._working)
        minute = Minute(visible=visible, received=self._received, in_service=workers)
        self._minutes.append(minute)
        self._visible, self._received = [], 0.0
        self._note(workers)
        if len(self._minutes) > self._world.delay_minutes:
            known = self._minutes[-1 - self._world.delay_minutes]
            self._resize(self._scaling.decide(known, self._group()))
        self._after(MINUTE, self._end_minute)

    def _note(self, workers: int) -> None:
        course = self.course
        course.seconds.append(self._now)
        course.rates.append(self._load(self._now))
        course.backlogs.append(self._backlog)
        course.workers.append(workers)
        course.desired.append(self._desired)

    def _group(self) -> Hosts:
        served = [
            self._now - host.in_service_at
            for host in self._working
            if host.in_service_at is not None
        ]
        return Hosts(
            desired=self._desired,
            in_service=len(served),
            warm=sum(seconds >= self._policy.warm_up for seconds in served),
            step_warm=sum(seconds >= self._policy.step_warm_up for seconds in served),
        )

    @property
    def _working(self) -> list[Host]:
        return [
            host for host in self._hosts if host.in_service_at is not None and not host.is_leaving
        ]

    def _resize(self, desired: int) -> None:
        staying = [host for host in self._hosts if not host.is_leaving]
        self._desired = desired
        for _ in range(desired - len(staying)):
            self._launch()
        # The oldest first, as AWS has it where nothing else tells them apart.
        for host in staying[: max(0, len(staying) - desired)]:
            self._dismiss(host)

    def _launch(self) -> None:
        host = Host(self._now)
        self._hosts.append(host)
        if self._world.boot_seconds < self._policy.configure:
            self._after(self._world.boot_seconds, lambda: self._serve(host))
        else:
            self._after(self._policy.configure, lambda: self._abandon(host))

    def _serve(self, host: Host) -> None:
        host.in_service_at = self._now

    def _abandon(self, host: Host) -> None:
        self.course.abandoned += 1
        self._hosts.remove(host)
        self._launch()

    def _dismiss(self, host: Host) -> None:
        """Let a host finish what it runs; what it had only received goes back to the queue."""
        host.is_leaving = True
        self.course.left += 1
        allowed = min(self._policy.stop, self._policy.drain - self._world.notice_seconds)
        running = min(self._world.handlers, round(self._backlog) + self._world.handlers // 2)
        self.course.killed += sum(self._draw_handler() > allowed for _ in range(running))
        self._after(self._policy.drain, lambda: self._hosts.remove(host))

    def _draw_handler(self) -> float:
        drawn = self._chance.expovariate(1 / self._world.mean_handler_seconds)
        is_long = self._chance.random() < _LONG_SHARE
        return self._world.longest_handler_seconds if is_long else drawn
