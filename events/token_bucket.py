"""A token bucket as one number: the time since which it has been filling."""

import math
from dataclasses import dataclass

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """An event takes a token; ``per_second`` come back, up to ``burst``."""

    per_second: float
    burst: int

    def seconds_for(self, tokens: float) -> float:
        return tokens / self.per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What became of a wish for tokens; times are microseconds."""

    # The bucket's number afterwards.
    filling_since: int
    granted: int
    # How long until the wish may be granted; 0 where it was.
    wait_seconds: float = 0.0


def spend(filling_since: int, now: int, limit: RateLimit, *, need: int, spare: int = 0) -> Spent:
    """Take ``need`` tokens, and up to ``spare`` more to have in hand; nothing is changed here.

    More than the bucket can ever hold is granted when it is full, and leaves a debt to wait for.
    What is taken to have in hand is missing elsewhere, so it is little: an eighth of what is left,
    or where that is less, a thirty-second part of the bucket.
    """
    token_time = _SECOND / limit.per_second
    filling_since = max(filling_since, now - math.floor(limit.burst * token_time))
    available = tokens_in(filling_since, now, limit)
    missing = min(need, limit.burst) - available
    if missing > 0:
        return Spent(
            filling_since=filling_since, granted=0, wait_seconds=limit.seconds_for(missing)
        )
    most_spare = min(max(available // 8, limit.burst // 32), available - need)
    granted = need + max(0, math.floor(min(spare, most_spare)))
    taken_time = math.ceil(granted * token_time)
    return Spent(filling_since=filling_since + taken_time, granted=granted)


def tokens_in(filling_since: int, now: int, limit: RateLimit) -> float:
    """Return how many tokens there are; below zero while there is a debt."""
    return min(float(limit.burst), (now - filling_since) / _SECOND * limit.per_second)
