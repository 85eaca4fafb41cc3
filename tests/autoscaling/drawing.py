"""Pictures of a course as SVG: what came, what waited, and how many worked."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.autoscaling.claims import PICTURES, course_of
from tests.autoscaling.policy import read_policy
from tests.autoscaling.simulation import Course
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "images"
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 720, 110, 70, 24, 36
_FONT = 'font-family="sans-serif" font-size="12" fill="#374151"'
_POINTS = 360


class Panel(NamedTuple):
    title: str
    values: Sequence[float]
    color: str


def draw(course: Course) -> str:
    panels = (
        Panel("events a second", course.rates, "#2563eb"),
        Panel("ready events", course.backlogs, "#b45309"),
        Panel("workers in service", course.workers, "#15803d"),
    )
    box = f"0 0 {_LEFT + _WIDTH + 20} {_TOP + len(panels) * (_HEIGHT + _GAP)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {_FONT}>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *(_draw_panel(i, course.seconds, panel) for i, panel in enumerate(panels)),
            "</svg>\n",
        ]
    )


def write_pictures(folder: Path = FOLDER) -> list[Path]:
    policy = read_policy()
    paths = []
    for name in PICTURES:
        paths.append(picture_path(name, folder))
        paths[-1].write_text(draw(course_of(policy, name)))
    return paths


def picture_path(name: str, folder: Path = FOLDER) -> Path:
    return folder / f"autoscaling-{name}.svg"


def _draw_panel(place: int, seconds: Sequence[float], panel: Panel) -> str:
    title, values, color = panel
    top = _TOP + place * (_HEIGHT + _GAP)
    bottom = top + _HEIGHT
    most, hours = max(*values, 1), seconds[-1] / 3_600
    step = max(1, len(values) // _POINTS)
    points = " ".join(
        f"{_LEFT + _WIDTH * at / seconds[-1]:.1f},{bottom - _HEIGHT * value / most:.1f}"
        for at, value in list(zip(seconds, values, strict=True))[::step]
    )
    marks = [
        f'<text x="{_LEFT + _WIDTH * i / 4:.0f}" y="{bottom + 15}" text-anchor="middle">'
        f"{hours * i / 4:g} h</text>"
        for i in range(5)
    ]
    return "\n".join(
        [
            f'<text x="{_LEFT}" y="{top - 6}">{title}</text>',
            f'<path d="M{_LEFT} {top}V{bottom}H{_LEFT + _WIDTH}" fill="none" stroke="#9ca3af"/>',
            f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{most:,.0f}</text>',
            f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
            *marks,
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>',
        ]
    )
