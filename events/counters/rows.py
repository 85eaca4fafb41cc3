"""Rows of counters in a memory-mapped file: what is counted there outlives a killed process."""

import fcntl
import mmap
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from events.counts import BUCKETS, NUMBERS, Counts

ROWS = 2_048
# A word is 8 bytes; a row begins with the number of its period's part, 0 while it is free.
_NUMBER_AT, _STARTS_AT, _SPAN_AT, _KEY_AT = range(4)
_KEY_BYTES = 320
NUMBERS_AT = _KEY_AT + _KEY_BYTES // 8
# The buckets are of 4 bytes: two in a word.
BUCKETS_AT = NUMBERS_AT + len(NUMBERS)
_ROW_WORDS = BUCKETS_AT + BUCKETS // 2
# The first row is the header: what the layout is, which boot wrote it, whether all is stored.
_LAYOUT_AT, _BOOT_AT, _CLEAN_AT = range(3)
_LAYOUT = zlib.crc32(f"1 {NUMBERS} {BUCKETS} {ROWS} {_KEY_BYTES}".encode()) | 1 << 40
_FILE_BYTES = (ROWS + 1) * _ROW_WORDS * 8
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Row(NamedTuple):
    """Whose counts a row holds; ``at`` is the first of its words."""

    at: int
    number: int
    starts_at: int
    span_seconds: int
    tenant: str
    event_type: str


class CounterFile:
    """A file of rows under an exclusive lock, which ends with the process that holds it.

    A row is made known by its last write and forgotten by its first, so that a process may be
    killed between any two. Not for two threads at once.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over a locked file; -1 keeps the rows in memory only. Raises OSError."""
        if descriptor >= 0 and os.fstat(descriptor).st_size < _FILE_BYTES:
            # Every block now: writing to one that a full disk cannot give ends the process.
            _allocate(descriptor, _FILE_BYTES)
        self._descriptor = descriptor
        self._map = mmap.mmap(descriptor, _FILE_BYTES)
        self._bytes = memoryview(self._map)
        self.words = self._bytes.cast("Q")
        self.halves = self._bytes.cast("I")
        boot = _boot_number()
        self.is_of_this_boot = self.words[_BOOT_AT] == boot
        if self.words[_LAYOUT_AT] != _LAYOUT:
            # New, or of another version, which stored all but its last seconds.
            self._map[:] = bytes(_FILE_BYTES)
            self.words[_CLEAN_AT] = 1
            self.words[_LAYOUT_AT] = _LAYOUT
        self.words[_BOOT_AT] = boot
        self._free = [at for at in _row_places() if not self.words[at]]

    @classmethod
    def open(cls, path: Path) -> "CounterFile | None":
        """Open or make a file; None while another process has it. Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return cls(descriptor)
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        # In use, or its last user unlinked it while we came.
        os.close(descriptor)
        return None

    @property
    def is_clean(self) -> bool:
        """Whether the store has all that was counted."""
        return bool(self.words[_CLEAN_AT])

    @is_clean.setter
    def is_clean(self, value: bool) -> None:
        self.words[_CLEAN_AT] = int(value)

    @property
    def free_rows(self) -> int:
        return len(self._free)

    def rows(self) -> Iterator[Row]:
        for at in _row_places():
            if self.words[at]:
                yield self._read_row(at)

    def add_row(
        self, *, number: int, starts_at: int, span_seconds: int, tenant: str, event_type: str
    ) -> Row | None:
        """Begin a row at 0; None if its names are too long or no row is free."""
        key = _pack_key(tenant, event_type)
        if len(key) > _KEY_BYTES or not self._free:
            return None
        at = self._free.pop()
        start = at * 8
        self._bytes[start : start + _ROW_WORDS * 8] = bytes(_ROW_WORDS * 8)
        self._bytes[start + _KEY_AT * 8 : start + _KEY_AT * 8 + len(key)] = key
        self.words[at + _STARTS_AT] = starts_at
        self.words[at + _SPAN_AT] = span_seconds
        self.words[at + _NUMBER_AT] = number
        return Row(at, number, starts_at, span_seconds, tenant, event_type)

    def free_row(self, row: Row) -> None:
        self.words[row.at + _NUMBER_AT] = 0
        self._free.append(row.at)

    def read(self, row: Row) -> Counts:
        numbers = self.words[row.at + NUMBERS_AT : row.at + BUCKETS_AT].tolist()
        first = (row.at + BUCKETS_AT) * 2
        buckets = self.halves[first : first + BUCKETS].tolist()
        latency = Counter({bucket: count for bucket, count in enumerate(buckets) if count})
        return Counts(**dict(zip(NUMBERS, numbers, strict=True)), latency=latency)

    def close(self) -> None:
        """Let go of the file, and of its lock unless a forked child's parent holds it, too."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        # In a child that was forked in the middle of a read, a view is left that nobody releases.
        with suppress(BufferError):
            for view in (self.words, self.halves, self._bytes):
                view.release()
            self._map.close()

    def _read_row(self, at: int) -> Row:
        number, starts_at, span_seconds = self.words[at : at + _KEY_AT].tolist()
        start = (at + _KEY_AT) * 8
        tenant, event_type = _unpack_key(bytes(self._bytes[start : start + _KEY_BYTES]))
        return Row(at, number, starts_at, span_seconds, tenant, event_type)


def _row_places() -> range:
    return range(_ROW_WORDS, (ROWS + 1) * _ROW_WORDS, _ROW_WORDS)


def _pack_key(tenant: str, event_type: str) -> bytes:
    names = [name.encode("utf-8", "surrogatepass") for name in (tenant, event_type)]
    return b"".join(len(name).to_bytes(2, "little") + name for name in names)


def _unpack_key(key: bytes) -> tuple[str, str]:
    middle = 2 + int.from_bytes(key[:2], "little")
    end = middle + 2 + int.from_bytes(key[middle : middle + 2], "little")
    tenant, event_type = key[2:middle], key[middle + 2 : end]
    return tenant.decode("utf-8", "surrogatepass"), event_type.decode("utf-8", "surrogatepass")


def _allocate(descriptor: int, size_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size_bytes)
    else:
        os.ftruncate(descriptor, size_bytes)


def _boot_number() -> int:
    # A disk that was copied to another host boots anew there; two hosts must not count as one.
    with suppress(OSError):
        return zlib.crc32(_BOOT_ID.read_bytes())
    return 0
