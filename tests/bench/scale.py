"""How much is measured: enough to trust, or enough to see that it works."""

from typing import NamedTuple


class Scale(NamedTuple):
    """The size of each part; without ``cases`` all sides of a comparison are measured."""

    rounds: int
    posts: int
    batched_events: int
    tasks: int
    counted_events: int
    idle_seconds: int
    table_sizes: tuple[int, ...]
    backlog: int
    cases: frozenset[str] = frozenset()


FULL = Scale(
    rounds=7,
    posts=2_000,
    batched_events=10_000,
    tasks=2_000,
    counted_events=2_000,
    idle_seconds=120,
    table_sizes=(1_000, 10_000, 100_000, 1_000_000),
    backlog=100_000,
)
QUICK = Scale(
    rounds=1,
    posts=600,
    batched_events=2_000,
    tasks=600,
    counted_events=500,
    idle_seconds=15,
    table_sizes=(100, 1_000),
    backlog=2_000,
)
