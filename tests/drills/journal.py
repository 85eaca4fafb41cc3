"""What the handlers wrote: every run of every event, in the order of the file."""

import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Run:
    """One run of a handler; ``started`` and ``ended`` are places in the file, not times."""

    event_id: str
    attempt: int
    worker: str
    process_id: int
    started: int
    ended: int | None = None


class Journal:
    """Reads what was appended since it last looked; any thread may ask."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._read_bytes = 0
        self._lines = 0
        self._lock = threading.Lock()
        self._runs: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))

    def runs(self, drill: str) -> dict[str, list[Run]]:
        """Return the runs of a drill so far, by event."""
        with self._lock:
            self._read_on()
            return {event_id: list(runs) for event_id, runs in self._runs[drill].items()}

    def running(self, drill: str) -> list[Run]:
        """Return the runs that have begun and not ended, those of killed workers included."""
        return [run for runs in self.runs(drill).values() for run in runs if run.ended is None]

    def _read_on(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read_bytes)
            text = file.read()
        # The last line may still be on its way.
        whole = text[: text.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for line in whole.decode().splitlines():
            self._lines += 1
            self._note(*line.split())

    def _note(self, *fields: str) -> None:
        what, drill, event_id, attempt, worker, process_id = fields
        runs = self._runs[drill][event_id]
        if what == "start":
            run = Run(event_id, int(attempt), worker, int(process_id), self._lines)
            runs.append(run)
            return
        run = next(each for each in reversed(runs) if each.attempt == int(attempt))
        run.ended = self._lines
