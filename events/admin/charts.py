"""Charts as SVG, drawn here: the page needs no script and no other host for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_HEIGHT = 100.0
_STEP = 10.0
_GAP = 2.0
# Something is always more than nothing.
_LOWEST = 3.0


@dataclass(frozen=True, slots=True)
class Series:
    """One number per minute; ``color`` is a class of the style sheet."""

    label: str
    color: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over the minutes of an hour, the series of each minute on top of each other."""

    title: str
    minutes: Sequence[datetime]
    series: Sequence[Series]

    @property
    def total(self) -> int:
        return sum(each.total for each in self.series)

    @property
    def peak(self) -> int:
        return max(sum(values) for values in self._stacks())

    @property
    def last_minute(self) -> int:
        """The last whole one: the minute that runs is not counted to its end."""
        return sum(each.values[-2] for each in self.series)

    def svg(self) -> SafeString:
        width = _STEP * len(self.minutes)
        bars = format_html_join("", "{}", ([bar] for bar in self._bars()))
        return format_html(
            '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}'
            '<line class="base" x1="0" x2="{}" y1="{}" y2="{}" vector-effect="non-scaling-stroke"/>'
            "</svg>",
            *(width, _HEIGHT, self._summary(), bars, width, _HEIGHT, _HEIGHT),
        )

    def _bars(self) -> list[SafeString]:
        scale = (_HEIGHT - _LOWEST) / max(1, self.peak)
        bars = []
        for i, values in enumerate(self._stacks()):
            top = _HEIGHT
            for series, value in zip(self.series, values, strict=True):
                if not value:
                    continue
                height = value * scale + _LOWEST
                top -= height
                bars.append(self._bar(i, series.color, top=top, height=height))
        return bars

    def _bar(self, position: int, color: str, *, top: float, height: float) -> SafeString:
        values = ", ".join(f"{each.values[position]} {each.label}" for each in self.series)
        return format_html(
            '<rect class="fill-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            color,
            round(position * _STEP + _GAP / 2, 1),
            round(max(0.0, top), 1),
            _STEP - _GAP,
            round(height, 1),
            f"{self.minutes[position]:%H:%M}: {values}",
        )

    def _stacks(self) -> list[tuple[int, ...]]:
        return list(zip(*(each.values for each in self.series), strict=True))

    def _summary(self) -> str:
        totals = ", ".join(f"{each.total} {each.label}" for each in self.series)
        return f"{self.title} in the last hour: {totals}; {self.peak} in the busiest minute"


def meter(parts: Sequence[tuple[str, int]], *, whole: int) -> SafeString:
    """Draw how much of a whole is what: color and amount of each part."""
    drawn, left = [], 0.0
    for color, amount in parts:
        width = round(100 * amount / max(1, whole), 2)
        drawn.append((color, left, width))
        left += width
    bars = format_html_join(
        "", '<rect class="fill-{}" x="{}" y="0" width="{}" height="10"/>', drawn
    )
    return format_html(
        '<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill-soft" width="100" height="10"/>{}</svg>',
        bars,
    )
