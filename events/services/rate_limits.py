"""Rate limits: one bucket for all processes, and a few of its tokens in hand in each of them."""

import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog

from events import clock
from events.errors import StoreThrottled, StoreUnavailable
from events.store import rate_buckets
from events.token_bucket import RateLimit, Spent, spend, tokens_in

_logger = structlog.get_logger(__name__)

# A process keeps in hand what it used in so long, if there is enough.
_SPARE_SECONDS = 1.0
# Behind another thread's reservation; it ends at the store's deadlines.
_PATIENCE_SECONDS = 5.0
# While the store is away each process keeps to the limit by itself, and asks again so often.
_ALONE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Whether events may come in, and how things stand with the limit."""

    is_granted: bool
    # What is left, as far as this process knows.
    remaining: int
    # Until so many may come, 0 if they may now.
    wait_seconds: float
    # Until all of the burst may come: longer than it takes to fill where there is a debt.
    full_in_seconds: float


def take_tokens(key_id: str, limit: RateLimit, count: int) -> Allowance:
    """Take a token per event; asks the store only where too few are in hand.

    Over any stretch of time all processes together grant no more than the limit does, and besides
    what they had in hand when it began: about an eighth of a burst each. Where the clocks of hosts
    differ, what the limit gives in that time comes in once more. Raises StoreUnavailable if the
    store takes very long to answer.
    """
    return _share_of(key_id).take(limit, count)


def look_at_limit(key_id: str, limit: RateLimit) -> Allowance:
    """Tell how things stand, without asking anybody."""
    return _share_of(key_id).look(limit)


def wait_for_token(key_id: str, limit: RateLimit) -> float:
    """Return how long there is surely no token, without asking anybody; 0 if there may be one."""
    return _share_of(key_id).wait_for_token(limit)


class _Share:
    """One process's share of a key's bucket."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id
        # Held for moments only; the other one while the store is asked.
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._tokens = 0
        self._used = 0
        self._asked_at = time.monotonic()
        self._alone_until = -math.inf
        # The bucket's number, as last seen, and that of the one while the store is away.
        self._filling_since: int | None = None
        self._alone_filling_since = 0

    def take(self, limit: RateLimit, count: int) -> Allowance:
        with self._lock:
            is_granted = self._take_in_hand(count)
        if not is_granted:
            return self._take_out(limit, count)
        self._stock_up_early(limit)
        return self.look(limit)

    def look(self, limit: RateLimit) -> Allowance:
        return self._allowance(limit, wait_seconds=0.0)

    def wait_for_token(self, limit: RateLimit) -> float:
        # In hand and alone it may have tokens that the bucket has not.
        if self._tokens or time.monotonic() < self._alone_until:
            return 0.0
        missing = 1 - self._left_in_bucket(limit)
        return limit.seconds_for(missing) if missing > 0 else 0.0

    def _take_in_hand(self, count: int) -> bool:
        if self._tokens < count:
            return False
        self._tokens -= count
        self._used += count
        return True

    def _take_out(self, limit: RateLimit, count: int) -> Allowance:
        """Ask the bucket for what is missing, one thread at a time."""
        if not self._asking.acquire(timeout=_PATIENCE_SECONDS):
            raise StoreUnavailable("the bucket of a rate limit does not answer")
        try:
            while True:
                with self._lock:
                    if self._take_in_hand(count):
                        return self.look(limit)
                    missing = count - self._tokens
                spent = self._ask(limit, need=missing, spare=self._spare(limit))
                if not spent.granted:
                    return self._allowance(limit, wait_seconds=spent.wait_seconds)
        finally:
            self._asking.release()

    def _stock_up_early(self, limit: RateLimit) -> None:
        """Ask before the hand is empty, so that no request waits for it."""
        spare = self._spare(limit)
        is_low = 2 * self._tokens < spare
        if is_low and not self._asking.locked() and self._left_in_bucket(limit) >= 1:
            self._start_to_stock_up(limit)

    def _start_to_stock_up(self, limit: RateLimit) -> None:
        thread = threading.Thread(
            target=self._stock_up, args=(limit,), name="rate-limit", daemon=True
        )
        # Without a thread somebody waits a little: no reason to refuse anybody.
        with suppress(RuntimeError):
            thread.start()

    def _stock_up(self, limit: RateLimit) -> None:
        if self._asking.acquire(blocking=False):
            try:
                missing = self._spare(limit) - self._tokens
                if missing > 0:
                    self._ask(limit, need=1, spare=missing - 1)
            finally:
                self._asking.release()

    def _ask(self, limit: RateLimit, *, need: int, spare: int) -> Spent:
        """Put tokens into the hand; whoever calls holds ``_asking``."""
        spent = self._ask_store(limit, need=need, spare=spare)
        if spent is None:
            spent = self._ask_nobody(limit, need=need, spare=spare)
        with self._lock:
            self._tokens += spent.granted
            self._used, self._asked_at = 0, time.monotonic()
        return spent

    def _ask_store(self, limit: RateLimit, *, need: int, spare: int) -> Spent | None:
        """Ask the shared bucket; None while the store is away."""
        if time.monotonic() < self._alone_until:
            return None
        try:
            spent = rate_buckets.reserve(
                self._key_id, limit, need=need, spare=spare, filling_since=self._filling_since
            )
        except (StoreThrottled, StoreUnavailable) as error:
            _logger.warning("rate_limit_alone", key_id=self._key_id, reason=error.code)
            self._alone_until = time.monotonic() + _ALONE_SECONDS
            return None
        self._filling_since = spent.filling_since
        return spent

    def _ask_nobody(self, limit: RateLimit, *, need: int, spare: int) -> Spent:
        """Keep to the limit alone, with a second's worth at once: the bound is per process."""
        alone = RateLimit(per_second=limit.per_second, burst=max(1, math.ceil(limit.per_second)))
        now = clock.now_microseconds()
        spent = spend(self._alone_filling_since, now, alone, need=need, spare=spare)
        self._alone_filling_since = spent.filling_since
        return spent

    def _spare(self, limit: RateLimit) -> int:
        elapsed_seconds = max(0.001, time.monotonic() - self._asked_at)
        return min(int(self._used / elapsed_seconds * _SPARE_SECONDS), limit.burst // 8)

    def _left_in_bucket(self, limit: RateLimit) -> float:
        """Return what the shared bucket holds at most: others may have taken since."""
        return tokens_in(self._filling_since or 0, clock.now_microseconds(), limit)

    def _allowance(self, limit: RateLimit, *, wait_seconds: float) -> Allowance:
        left = self._left_in_bucket(limit)
        remaining = self._tokens + max(0, math.floor(left))
        return Allowance(
            is_granted=not wait_seconds,
            remaining=min(limit.burst, remaining),
            wait_seconds=wait_seconds,
            full_in_seconds=limit.seconds_for(max(0.0, limit.burst - self._tokens - left)),
        )


shares: dict[str, _Share] = {}


def _share_of(key_id: str) -> _Share:
    return shares.get(key_id) or shares.setdefault(key_id, _Share(key_id))


# A child has hands of its own, and none of its parent's threads.
os.register_at_fork(after_in_child=shares.clear)
