"""Counters of a test's own, in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from events.counters import process
from events.counters.process import Counting

StartCounting = Callable[[], Counting]


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.COUNTERS_FOLDER = str(tmp_path / "counters")
    return tmp_path / "counters"


@pytest.fixture
def start_counting(folder: Path, store: None) -> Iterator[StartCounting]:  # noqa: ARG001  # to flush to
    """Count as several processes would, whose threads never come round."""
    started: list[Counting] = []

    def start() -> Counting:
        started.append(Counting(folder))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def counting(start_counting: StartCounting, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Make this process count."""
    counting = start_counting()
    monkeypatch.setattr(process, "_counting", counting)
    return counting
