"""How many events were accepted, succeeded and failed: counted in memory, stored every seconds.

A count is made after the write that it counts has succeeded. Counts outlive the process, since
they stand in a file that another process of the host takes over; a process killed between the
write and the count has not counted.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec

import structlog

from events import clock, metrics
from events.counters.process import counting, flush, start
from events.counts import bucket_of
from events.event import Acceptance, ClaimedEvent, Outcome, Status

__all__ = [
    "count_accepted",
    "count_claimed",
    "count_death",
    "count_failed_attempt",
    "count_recovered",
    "count_replayed",
    "count_succeeded",
    "flush",
    "start",
]

logger = structlog.get_logger(__name__)

Parameters = ParamSpec("Parameters")
# Kinds of counts that have failed in this process: one warning is enough.
_failed: set[str] = set()


def _harmless(count: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a count that fails cost nobody an event, its dispatch or an answer."""

    @wraps(count)
    def counted(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        try:
            count(*arguments, **named)
        except Exception:
            # A full disk, a broken file, no memory: what is counted is durable already.
            if count.__name__ not in _failed:
                _failed.add(count.__name__)
                logger.warning("counting_failed", count=count.__name__, exc_info=True)

    return counted


@_harmless
def count_accepted(acceptance: Acceptance) -> None:
    """Count an event that was accepted, or one that was repeated."""
    name = "repeated" if acceptance.is_repeat else "accepted"
    _count(name, tenant=acceptance.tenant, event_type=acceptance.event_type)


@_harmless
def count_claimed(claimed: ClaimedEvent) -> None:
    """Observe how long an event waited for the first attempt of its generation."""
    if claimed.counted_attempts == 1:
        waited = claimed.attempts[-1].started_at - _waiting_since(claimed)
        metrics.QUEUE_WAIT_SECONDS.observe(max(0.0, waited.total_seconds()))


@_harmless
def count_succeeded(claimed: ClaimedEvent, *, ended_at: datetime) -> None:
    """Count a success and how long it took: since it was accepted, due or replayed, if later."""
    latency = (clock.now() - _waiting_since(claimed)).total_seconds()
    metrics.ACCEPT_TO_SUCCESS_SECONDS.observe(latency)
    metrics.count_attempt(claimed.event_type, "succeeded", _seconds(claimed, ended_at))
    _count_attempt(claimed, ended_at, {"succeeded": 1}, bucket=bucket_of(latency))


@_harmless
def count_failed_attempt(claimed: ClaimedEvent, *, outcome: Outcome, ended_at: datetime) -> None:
    metrics.count_attempt(claimed.event_type, outcome.value, _seconds(claimed, ended_at))
    _count_attempt(claimed, ended_at, {"failed_attempts": 1})


@_harmless
def count_death(claimed: ClaimedEvent, *, outcome: Outcome, ended_at: datetime) -> None:
    """Count a failed attempt that was the last one."""
    metrics.count_attempt(claimed.event_type, outcome.value, _seconds(claimed, ended_at))
    metrics.count_death(claimed.event_type)
    _count_attempt(claimed, ended_at, {"failed_attempts": 1, "dead": 1})


@_harmless
def count_replayed(*, tenant: str, event_type: str, status: Status) -> None:
    """Count a replay of an event that had this status."""
    metrics.EVENTS_REPLAYED.labels(status.value).inc()
    name = "replayed_dead" if status is Status.DEAD else "replayed_succeeded"
    _count(name, tenant=tenant, event_type=event_type)


@_harmless
def count_recovered(*, tenant: str, event_type: str) -> None:
    """Count an event that recovery dispatched again."""
    metrics.EVENTS_RECOVERED.inc()
    _count("recovered", tenant=tenant, event_type=event_type)


def _count(name: str, *, tenant: str, event_type: str) -> None:
    counted = counting()
    if counted is not None:
        counted.book.count({name: 1}, tenant=tenant, event_type=event_type)


def _count_attempt(
    claimed: ClaimedEvent, ended_at: datetime, amounts: dict[str, int], *, bucket: int | None = None
) -> None:
    counted = counting()
    if counted is None:
        return
    took = _seconds(claimed, ended_at)
    counted.book.count(
        amounts,
        tenant=claimed.tenant,
        event_type=claimed.event_type,
        bucket=bucket,
        processing_microseconds=int(took * 1_000_000),
    )


def _seconds(claimed: ClaimedEvent, ended_at: datetime) -> float:
    return (ended_at - claimed.attempts[-1].started_at).total_seconds()


def _waiting_since(claimed: ClaimedEvent) -> datetime:
    if claimed.replays:
        return claimed.replays[-1].replayed_at
    return max(claimed.received_at, claimed.process_at or claimed.received_at)
