"""The reference runs as a table."""

from typing import NamedTuple


class Run(NamedTuple):
    """What is run for so many minutes: Locust, or h2load where there is no persona."""

    what: str
    minutes: float
    users: int
    rate: float
    persona: str = "producer"
    shape: str = "steady"
    # Whether the workers begin when the load has ended: accepting is measured, and what it left.
    is_drained_after: bool = False


RUNS = {
    "connections": Run(
        "1,000 connections, 500 requests a second, by h2load; then drained",
        minutes=5,
        users=1_000,
        rate=0.5,
        persona="",
        is_drained_after=True,
    ),
    "users": Run(
        "1,000 users, 300 requests a second; then drained",
        minutes=5,
        users=1_000,
        rate=0.3,
        is_drained_after=True,
    ),
    "loop": Run("250 events a second, accepted and succeeded", 10, 250, 1.0),
    "mix": Run("producers of each kind, readers and operators", 5, 100, 0.5, "mix"),
    "spike": Run("five times as many users for a fifth of the time", 10, 500, 0.5, shape="spike"),
    "soak": Run("50 events a second, and the memory", 30, 50, 1.0, shape="soak"),
    "breakpoint": Run(
        "ten steps up to 1,000 requests a second", 10, 1_000, 1.0, shape="breakpoint"
    ),
    "noisy": Run("a quiet tenant beside one that floods", 5, 40, 0.5, "producer,noisy_tenant"),
    "volume": Run("10,000 events and more, each looked up", 5, 100, 0.5),
}
