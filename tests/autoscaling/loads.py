"""The loads of the pictures and the tests: events a second at a second."""

import math

HOUR = 3_600.0
BURST_AT, BURST_EVENTS = 1_800.0, 200_000
FLASH_AT, FLASH_SECONDS = 1_800.0, 1_800.0
_BURST_SECONDS = 60.0


def burst(second: float) -> float:
    """Add to 100 a second what a nightly job posts within a minute: 200,000 events."""
    is_burst = BURST_AT <= second < BURST_AT + _BURST_SECONDS
    return 100 + (BURST_EVENTS / _BURST_SECONDS if is_burst else 0)


def trickle(second: float) -> float:
    """Add to 55 a second 5,900 within a minute: too few for the backlog's own policy."""
    is_more = BURST_AT <= second < BURST_AT + _BURST_SECONDS
    return 55 + (98 if is_more else 0)


def day(second: float) -> float:
    """Keep business hours: 60 a second at night, 1,100 at two in the afternoon."""
    hour = second / HOUR % 24
    return 60 + 1_040 * max(0.0, math.cos((hour - 14) / 20 * math.pi * 2)) ** 2


def flash_crowd(second: float) -> float:
    """Let everybody come within two minutes, 1,600 a second in place of 150, for half an hour."""
    since = second - FLASH_AT
    if since < 0:
        return 150
    if since < FLASH_SECONDS:
        return 150 + 1_450 * min(1.0, since / 120)
    return 150 + 1_450 * math.exp(-(since - FLASH_SECONDS) / 600)
