"""A process that counts until it is killed, and writes down before and after each count."""

import mmap
import os
import sys
from pathlib import Path

import django


def main(folder: Path, notes: Path) -> None:
    django.setup()
    from events.counters.process import Counting  # noqa: PLC0415  # not before Django

    counting = Counting(folder)
    notes.write_bytes(bytes(16))
    with notes.open("r+b") as file:
        begun_and_done = memoryview(mmap.mmap(file.fileno(), 16)).cast("Q")
        while True:
            begun_and_done[0] += 1
            counting.book.count({"accepted": 1}, tenant="acme", event_type="order.created")
            begun_and_done[1] += 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
