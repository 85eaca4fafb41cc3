"""The book of what the platform has accepted, and must therefore bring to an end."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

# The book's name in the folder of its run.
ACCEPTED = "accepted.csv"
# Locust's exit code where a worker went away with what it had seen.
INCOMPLETE = 4
# And those after which the book is whole: all was well, or requests failed.
WHOLE = (0, 1)


class Accepted(NamedTuple):
    """One answer of 202: from this generation on, the event is to become terminal."""

    event_id: str
    received_at: str
    persona: str
    # Whose key it was posted with; each tenant sees its own events only.
    is_noisy: bool = False
    generation: int = 1
    # Two ids under one of these are one event that was taken twice.
    idempotency_key: str = ""


class Book:
    """Written by the process that leads a run; the others send it what they have seen."""

    def __init__(self) -> None:
        self._file: TextIO | None = None
        self._kept: list[Accepted] = []

    def open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # By lines: whatever becomes of this process, what it has seen can be verified.
        self._file = path.open("a", encoding="utf-8", buffering=1, newline="")

    def add(self, accepted: Accepted) -> None:
        if self._file is None:
            self._kept.append(accepted)
        else:
            csv.writer(self._file).writerow(accepted)

    def take(self) -> list[Accepted]:
        """Hand over what was kept here, once."""
        taken, self._kept = self._kept, []
        return taken

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


# Of this process.
book = Book()


def read_book(path: Path) -> Iterator[Accepted]:
    """Read a book back, but for a last line that was cut off.

    Raises ValueError for a file that is none.
    """
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    yield from (_read_row(path, row) for row in csv.reader(whole.splitlines()))


def unpack(rows: Iterable[Iterable[object]]) -> Iterator[Accepted]:
    """Read what another process sent, whose serialization knows lists only."""
    return (Accepted(*row) for row in rows)  # type: ignore[arg-type]


def _read_row(path: Path, row: list[str]) -> Accepted:
    try:
        event_id, received_at, persona, is_noisy, generation, key = row
        return Accepted(event_id, received_at, persona, is_noisy == str(True), int(generation), key)
    except ValueError:
        raise ValueError(f"{path} is no list of accepted events; it has a line {row}") from None
