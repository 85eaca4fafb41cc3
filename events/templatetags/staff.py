"""Numbers and times in the staff's templates."""

from datetime import datetime, timedelta

from django import template

from events.admin import durations
from events.counts import Counts

register = template.Library()


@register.filter
def grouped(number: int | None) -> str:
    return "?" if number is None else f"{number:,}".replace(",", "\u202f")


@register.filter
def seconds(number: float | None) -> str:
    return "?" if number is None else durations.describe(timedelta(seconds=number))


@register.filter
def since(moment: datetime, now: datetime) -> str:
    return durations.describe(now - moment)


@register.filter
def quantile(counts: Counts, percent: int) -> float | None:
    """Return how long so many percent of the successes took at most, within 10 %."""
    return counts.quantile_seconds(percent / 100)


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    return durations.ago(moment, now)


@register.filter
def duration(length: timedelta) -> str:
    return durations.describe(length)
