import os
import random
import struct
import sys
import time
from pathlib import Path

import pytest

from events.counts import DAY_SECONDS
from tests.events.conftest import StartCounting
from tests.events.counters.stored import stored_counts
from tests.processes import Process, eventually

PROCESSES = 3
ROUNDS = 3


@pytest.mark.integration
def test_it_counts_what_killed_processes_counted(
    start_counting: StartCounting, folder: Path, tmp_path: Path
) -> None:
    notes = [tmp_path / f"notes-{i}" for i in range(PROCESSES * ROUNDS)]
    for first in range(0, len(notes), PROCESSES):
        run_and_kill(folder, notes[first : first + PROCESSES])
    counting = start_counting()
    counting.flush()
    counting.salvage()

    begun, done = (sum(each) for each in zip(*map(read_notes, notes), strict=True))
    # A kill may fall between a count's day and its minute.
    assert done <= stored_counts(DAY_SECONDS).accepted <= begun <= done + len(notes)
    assert done <= stored_counts().accepted <= begun
    # Those that started later went on in the files of those that were killed, some within a round.
    assert 1 <= len(list(folder.iterdir())) <= PROCESSES


def run_and_kill(folder: Path, notes: list[Path]) -> None:
    """Let processes count side by side, and kill each somewhere in the middle."""
    processes = [start(folder, each) for each in notes]
    for process, each in zip(processes, notes, strict=True):
        eventually(lambda each=each: each.exists() and read_notes(each)[1], "it counts")
        time.sleep(random.uniform(0, 0.1))  # noqa: S311  # anywhere
        process.kill()


def start(folder: Path, notes: Path) -> Process:
    command = [sys.executable, "-m", "tests.events.counters.counting_process"]
    return Process(
        notes.name,
        [*command, str(folder), str(notes)],
        environment=dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        folder=notes.parent,
    )


def read_notes(notes: Path) -> tuple[int, int]:
    content = notes.read_bytes()
    begun, done = struct.unpack("QQ", content) if content else (0, 0)
    return begun, done
