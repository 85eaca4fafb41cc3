"""Rate limits as clients see them: 429 with a time to wait, and headers on every answer."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from events import services
from events.api.errors import Problem
from events.token_bucket import RateLimit


def expect_room(key_id: str, limit: RateLimit) -> None:
    """Raise the ``Problem`` 429 if there is no room for a single event, as far as is known."""
    wait_seconds = services.wait_for_token(key_id, limit)
    if wait_seconds:
        raise _rate_limited(limit, 1, wait_seconds)


def take(key_id: str, limit: RateLimit, count: int) -> None:
    """Take a token per event, or raise the ``Problem`` that says when to come again."""
    allowance = services.take_tokens(key_id, limit, count)
    if not allowance.is_granted:
        raise _rate_limited(limit, count, allowance.wait_seconds)


def headers(key_id: str, limit: RateLimit) -> Mapping[str, str]:
    """Tell the limit and what is left of it.

    https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
    """
    allowance = services.look_at_limit(key_id, limit)
    window_seconds = math.ceil(limit.seconds_for(limit.burst))
    return {
        "RateLimit-Policy": f'"events";q={limit.burst};w={window_seconds}',
        "RateLimit": f'"events";r={allowance.remaining};t={math.ceil(allowance.full_in_seconds)}',
    }


def _rate_limited(limit: RateLimit, count: int, wait_seconds: float) -> Problem:
    seconds = math.ceil(wait_seconds)
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limited",
        f"This API key may send {limit.per_second:g} events a second, and {limit.burst} at once; "
        f"there is room for {count} more in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )
