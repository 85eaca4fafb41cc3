"""The process's own book: opened by ``start`` or the first count, stored by a thread.

A process that counts writes two items per tenant every five seconds, the minute's and the day's,
of a write unit per kilobyte, some six busy types; one that does not count writes nothing.
"""

import atexit
import os
import secrets
import threading
import zlib
from pathlib import Path

import structlog
from django.conf import settings

from events import clock
from events.counters.book import Book
from events.counters.rows import CounterFile
from events.counts import DAY_SECONDS
from events.errors import EventError
from events.store import counters as store

logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0
# How often a process looks after what others on its host left when they were killed.
_SALVAGE_EVERY = 6
# One that starts at the same time may take a new file before its maker has locked it.
_NEW_FILES = 10
# A flush under way is waited for at the end, but not for ever.
_LAST_FLUSH_SECONDS = 5.0


class Counting:
    """What one process counts, in a file of its own in a folder that its host's processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pattern = f"{_destination()}-{{}}.counts"
        self._flush_lock = threading.Lock()
        self._tenants: set[tuple[int, str]] = set()
        self._path, file = self._open_file()
        self.book = Book(file)

    def flush(self) -> None:
        """Store what the store lacks; raises StoreUnavailable or StoreThrottled, losing nothing."""
        if not self._flush_lock.acquire(timeout=_LAST_FLUSH_SECONDS):
            return
        try:
            self._store(self.book)
        finally:
            self._flush_lock.release()

    def salvage(self) -> None:
        """Store what killed processes left, and remove the files that are used up."""
        with self._flush_lock:
            for path in self._files():
                if path != self._path:
                    self._salvage_file(path)

    def close(self) -> None:
        """Let go of the file, for a sibling or the next process to take."""
        self.book.close()

    def _store(self, book: Book) -> None:
        news = book.take_news()
        try:
            while news:
                part, period = news[0]
                self._announce(part.tenant)
                store.put(period)
                news.pop(0)
        finally:
            book.put_back(part for part, _ in news)
            book.tidy()

    def _announce(self, tenant: str) -> None:
        """Put the tenant on the list, once a day."""
        now = clock.now_microseconds() // 1_000_000
        day = now // DAY_SECONDS
        if (day, tenant) not in self._tenants:
            store.put_tenant(tenant, seen_at=now)
            self._tenants = {each for each in self._tenants if each[0] == day} | {(day, tenant)}

    def _salvage_file(self, path: Path) -> None:
        try:
            file = CounterFile.open(path)
        except OSError:
            # Unlinked just now, or somebody else's.
            return
        if file is None:
            return
        book = Book(file)
        try:
            self._store(book)
            if book.is_empty:
                path.unlink(missing_ok=True)
        finally:
            book.close()

    def _open_file(self) -> tuple[Path | None, CounterFile]:
        """Take the file of a process that is gone, or make one; in memory if neither can be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            left = self._take_left_file()
            if left is not None:
                return left
            for _ in range(_NEW_FILES):
                new = self._folder / self._pattern.format(secrets.token_hex(4))
                file = CounterFile.open(new)
                if file is not None:
                    return new, file
            reason = f"{new} was taken by another process"
        except OSError as error:
            reason = str(error)
        logger.warning(
            "counters_in_memory", reason=reason, hint="what a kill cuts off will not be counted"
        )
        return None, CounterFile(-1)

    def _take_left_file(self) -> tuple[Path, CounterFile] | None:
        for path in self._files():
            try:
                file = CounterFile.open(path)
            except OSError as error:
                # Another user's, or damaged: no reason to lose what is counted from now on.
                logger.warning("counter_file_skipped", reason=str(error))
                continue
            if file is not None:
                return path, file
        return None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(self._pattern.format("*")))


def counting() -> Counting | None:
    """Return what this process counts in; None where ``COUNTERS_FOLDER`` is empty."""
    global _counting  # noqa: PLW0603  # one per process
    if _counting is None and settings.COUNTERS_FOLDER:
        with _lock:
            if _counting is None:
                _counting = Counting(Path(settings.COUNTERS_FOLDER))
                _start_thread(_counting)
    return _counting


def start() -> None:
    """Begin at once, so that what a killed process left is stored before anything is counted."""
    counting()


def flush() -> None:
    """Store at once what this process counted; what cannot be stored stays for its successor."""
    if _counting is None:
        return
    try:
        _counting.flush()
    except EventError as error:
        logger.warning("counters_postponed", reason=str(error))


def _start_thread(started: Counting) -> None:
    threading.Thread(target=_run, args=(started,), name="counters", daemon=True).start()


def _run(started: Counting) -> None:
    pause = threading.Event()
    turn = 0
    while True:
        pause.wait(FLUSH_SECONDS)
        turn += 1
        try:
            started.flush()
            if turn % _SALVAGE_EVERY == 1:
                started.salvage()
        except EventError as error:
            logger.warning("counters_postponed", reason=str(error))
        except Exception:
            # Without this thread the file would fill up.
            logger.exception("counters_failed")


def _destination() -> str:
    """Name where the counts go: files of another table are none of this process's business."""
    address = f"{settings.AWS_ENDPOINT_URL} {settings.AWS_REGION} {settings.PLATFORM_TABLE}"
    return f"{zlib.crc32(address.encode()):08x}"


def _let_go() -> None:
    # The parent goes on counting in its file, and its lock lasts as long as anybody holds it open.
    global _counting, _lock
    inherited, _counting, _lock = _counting, None, threading.Lock()
    if inherited is not None:
        inherited.close()


_counting: Counting | None = None
_lock = threading.Lock()
os.register_at_fork(after_in_child=_let_go)
atexit.register(flush)
