"""Lengths of time as people say them."""

from datetime import datetime, timedelta

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def describe(duration: timedelta, *, units: int = 2) -> str:
    """Say how long: in so many units at most, and finer below ten seconds."""
    seconds = max(0.0, duration.total_seconds())
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 10:  # noqa: PLR2004  # as the docstring says
        return f"{seconds:.1f} s"
    left, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:units])


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a time was, or how far off it is."""
    if moment > now:
        return f"in {describe(moment - now, units=1)}"
    return (
        "just now"
        if now - moment < timedelta(seconds=1)
        else f"{describe(now - moment, units=1)} ago"
    )
