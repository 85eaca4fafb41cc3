"""A flame graph small enough to keep: SVG without a script, and without what is rare."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

Stacks = Mapping[tuple[str, ...], int]

_WIDTH = 1_200
_ROW = 17
_LETTER = 6.6
# What is narrower says nothing to the eye.
_NARROWEST = 3.0
_COLORS = ("#f4a259", "#f6bd60", "#f28482", "#f7c59f", "#e9c46a")


class Box(NamedTuple):
    """A frame under the same callers, as wide as its samples."""

    frame: str
    depth: int
    left: float
    width: float
    samples: int


def read_stacks(text: str) -> Stacks:
    """Read what py-spy calls raw: a line for each stack, outermost first, and its samples."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in text.splitlines():
        frames, _, samples = line.rpartition(" ")
        named = [_name(frame) for frame in frames.split(";")]
        if shown := tuple(frame for frame in named if frame):
            stacks[shown] += int(samples)
    return stacks


def draw(stacks: Stacks, title: str) -> str:
    """Draw callers below, callees above."""
    boxes = list(_boxes(stacks))
    height = (max(box.depth for box in boxes) + 3) * _ROW
    total = sum(stacks.values())
    size = f'viewBox="0 0 {_WIDTH} {height}" font-family="monospace" font-size="11"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="4" y="14">{escape(title)}</text>',
            *(_draw_box(box, height, total) for box in boxes),
            "</svg>\n",
        ]
    )


def _name(frame: str) -> str:
    """Shorten ``name (path/to/file.py)`` to ``file.name``, and drop what is no function."""
    found = re.fullmatch(r"(.+) \((?:.*/)?([^/]+?)(?:\.py)?\)", frame)
    # How a process or a thread was begun says nothing.
    if found is None or found[2] in ("threading", "<frozen runpy>", "thread"):
        return ""
    return f"{found[2]}.{found[1]}"


def _boxes(stacks: Stacks) -> Iterator[Box]:
    scale = _WIDTH / sum(stacks.values())
    yield from _children(sorted(stacks.items()), depth=0, left=0.0, scale=scale)


def _children(
    stacks: list[tuple[tuple[str, ...], int]], *, depth: int, left: float, scale: float
) -> Iterator[Box]:
    by_frame: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for frames, samples in stacks:
        if len(frames) > depth:
            by_frame.setdefault(frames[depth], []).append((frames, samples))
    for frame, own in by_frame.items():
        samples = sum(count for _, count in own)
        width = samples * scale
        if width >= _NARROWEST:
            yield Box(frame, depth, left, width, samples)
            yield from _children(own, depth=depth + 1, left=left, scale=scale)
        left += width


def _draw_box(box: Box, height: int, total: int) -> str:
    top = height - (box.depth + 1) * _ROW
    color = _COLORS[sum(box.frame.encode()) % len(_COLORS)]
    label = f"{escape(box.frame)} {box.samples / total:.1%}"
    shown = escape(box.frame[: max(0, int((box.width - 4) / _LETTER))])
    text = f'<text x="{box.left + 2:.1f}" y="{top + 12}">{shown}</text>' if shown else ""
    return (
        f'<g><title>{label}</title><rect x="{box.left:.1f}" y="{top}" width="{box.width:.1f}"'
        f' height="{_ROW - 1}" fill="{color}"/>{text}</g>'
    )
