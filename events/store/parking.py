"""Where in the open index events stand that wait for the end of a pause.

Their due times lie beyond all time, those of each pause in a span of its own. So recovery does not
see them, lists and counts of open events do, and whoever ends a pause finds its events at once.
"""

import secrets
from dataclasses import dataclass

# Microseconds until the year 5138. DynamoDB's numbers have 38 digits.
_SPAN = 10**17
_PLACES = 10**15


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the open index, both ends included."""

    first: int
    last: int


def new_place() -> int:
    """Return a place that no other pause has."""
    return 1 + secrets.randbelow(_PLACES)


def parked_at(place: int, microseconds: int) -> int:
    """Return the due time of an event that waits at a place since some moment."""
    return place * _SPAN + microseconds


def place_of(due_at: float) -> int:
    """Return the place where an event waits, 0 for one that waits for no pause."""
    return int(due_at) // _SPAN


def span_of(place: int, *, until_microseconds: int = _SPAN - 1) -> Span:
    """Return where all events of a place stand, or those that wait there since some moment."""
    return Span(parked_at(place, 0), parked_at(place, until_microseconds))


def spans_outside(places: list[int]) -> list[Span]:
    """Return where all events stand that wait at none of these places."""
    edges = [span_of(place) for place in sorted(places)]
    firsts = [_SPAN, *(each.last + 1 for each in edges)]
    lasts = [*(each.first - 1 for each in edges), span_of(_PLACES).last]
    pairs = zip(firsts, lasts, strict=True)
    return [Span(first, last) for first, last in pairs if first <= last]
