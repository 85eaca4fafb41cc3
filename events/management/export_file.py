"""The file of an export: it has its name only once it is whole, and until then knows how far it is.

After each page a note beside it says where to go on, so that whatever cuts an export off costs one
page at most.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson


class NothingToResume(Exception):
    """There is no export that was cut off, or it was of something else."""


class ExportFile:
    """``asked`` is what the export is of; only one of the very same is gone on with."""

    def __init__(self, name: str, asked: Mapping[str, Any]) -> None:
        self._path = Path(name)
        self.part = Path(f"{name}.part")
        self._note = Path(f"{name}.part.note")
        self._asked = dict(asked)
        self.count = 0
        self.next_key: str | None = None
        self._file: BinaryIO

    def begin(self) -> None:
        """Begin anew."""
        self._file = self.part.open("wb")
        self._note.unlink(missing_ok=True)

    def go_on(self) -> None:
        """Go on behind the last page that was noted; raises NothingToResume."""
        try:
            noted = orjson.loads(self._note.read_bytes())
        except FileNotFoundError:
            raise NothingToResume(
                f"Nothing was cut off there: there is no {self._note}. Leave --resume out."
            ) from None
        if noted["asked"] != self._asked:
            raise NothingToResume(f"{self.part} is an export of something else: {noted['asked']}.")
        self.count, self.next_key = noted["count"], noted["next_key"]
        self._file = self.part.open("r+b")
        self._file.truncate(noted["bytes"])
        self._file.seek(0, 2)

    def add(self, lines: bytes, *, count: int, next_key: str | None) -> None:
        """Add a page and note it."""
        self._file.write(lines)
        self._file.flush()
        self.count += count
        self.next_key = next_key
        if next_key is not None:
            self._write_note()

    def leave(self) -> None:
        """Let go of it as it is; what has nothing in it goes."""
        self._file.close()
        if self.count == 0:
            self.part.unlink()
            self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give it its name."""
        self._file.close()
        self.part.replace(self._path)
        self._note.unlink(missing_ok=True)

    def _write_note(self) -> None:
        note = {
            "asked": self._asked,
            "count": self.count,
            "bytes": self._file.tell(),
            "next_key": self.next_key,
        }
        half = self._note.with_suffix(".half")
        half.write_bytes(orjson.dumps(note))
        half.replace(self._note)
