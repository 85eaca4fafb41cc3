import os
import signal
from pathlib import Path

import pytest

from events.counters import process, rows
from events.counters.process import Counting
from events.counts import DAY_SECONDS
from events.errors import StoreUnavailable
from events.store import counters as stored
from tests.events.conftest import StartCounting
from tests.events.counters.stored import stored_counts
from tests.factories import TENANT
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

# A day that ends would begin another item.
pytestmark = pytest.mark.usefixtures("frozen_clock")


def count(counting: Counting) -> None:
    counting.book.count({"accepted": 1}, tenant=TENANT, event_type="order.created")


def accepted() -> int:
    minutes, days = stored_counts().accepted, stored_counts(DAY_SECONDS).accepted
    assert minutes == days
    return minutes


def files(folder: Path) -> int:
    return len(list(folder.iterdir()))


def day_parts() -> int:
    found = stored.read(TENANT, span_seconds=DAY_SECONDS, since=0, until=2**33)
    return len(found.periods)


def test_it_goes_on_where_a_killed_process_stopped(
    start_counting: StartCounting, folder: Path
) -> None:
    for _ in range(3):
        counting = start_counting()
        count(counting)
        counting.close()
    last = start_counting()
    last.flush()

    assert (accepted(), day_parts(), files(folder)) == (3, 1, 1)


def test_it_stores_what_a_killed_neighbour_left(start_counting: StartCounting) -> None:
    neighbour, counting = start_counting(), start_counting()
    count(neighbour)
    counting.salvage()
    assert accepted() == 0
    neighbour.close()
    counting.salvage()

    assert accepted() == 1


def test_it_stores_once_what_a_neighbour_left(
    start_counting: StartCounting, dynamodb: FakeDynamoDB
) -> None:
    neighbour, counting = start_counting(), start_counting()
    count(neighbour)
    neighbour.close()
    counting.salvage()
    dynamodb.calls.clear()
    counting.salvage()

    assert dynamodb.calls.total() == 0


def test_it_tries_again_when_the_store_is_away(
    start_counting: StartCounting, dynamodb: FakeDynamoDB
) -> None:
    neighbour, counting = start_counting(), start_counting()
    count(neighbour)
    neighbour.close()
    dynamodb.is_away = True
    with pytest.raises(StoreUnavailable):
        counting.salvage()
    dynamodb.is_away = False
    counting.salvage()

    assert accepted() == 1


def test_it_removes_a_file_that_is_used_up(
    start_counting: StartCounting, folder: Path, frozen_clock: FrozenClock
) -> None:
    neighbour, counting = start_counting(), start_counting()
    count(neighbour)
    neighbour.close()
    counting.salvage()
    assert files(folder) == 2
    frozen_clock.advance(days=1)
    counting.salvage()

    assert files(folder) == 1


def test_it_leaves_the_files_of_another_table_alone(
    start_counting: StartCounting, folder: Path
) -> None:
    counting = start_counting()
    foreign = folder / "00000000-12345678.counts"
    foreign.write_bytes(b"")
    counting.salvage()

    assert foreign.exists()


def test_it_counts_apart_after_a_boot(
    start_counting: StartCounting, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = start_counting()
    count(counting)
    counting.close()
    # As on another host, made from a copy of this one's disk.
    monkeypatch.setattr(rows, "_boot_number", lambda: 7)
    booted = start_counting()
    count(booted)
    booted.flush()

    assert (accepted(), day_parts()) == (2, 2)


def test_it_forgets_a_file_of_another_layout(start_counting: StartCounting, folder: Path) -> None:
    start_counting().close()
    (file,) = folder.iterdir()
    file.write_bytes(b"another" + file.read_bytes()[7:])
    counting = start_counting()
    count(counting)
    counting.flush()

    assert accepted() == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_counts_in_a_file_of_its_own(counting: Counting, folder: Path) -> None:
    count(counting)
    if (child := os.fork()) == 0:
        process.counting().book.count({"accepted": 2}, tenant=TENANT, event_type="a.b")  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    count(counting)
    counting.flush()
    counting.salvage()

    assert (accepted(), files(folder)) == (4, 2)


def test_it_makes_another_file_when_a_sibling_takes_the_new_one(
    start_counting: StartCounting, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = rows.CounterFile.open
    siblings: list[rows.CounterFile | None] = []

    def be_late(path: Path) -> rows.CounterFile | None:
        if not siblings:
            siblings.append(open_file(path))
        return open_file(path)

    monkeypatch.setattr(rows.CounterFile, "open", be_late)
    count(start_counting())
    (sibling,) = siblings
    assert sibling is not None
    sibling.close()
    start_counting().salvage()

    assert (accepted(), files(folder)) == (0, 2)


def test_it_counts_on_beside_a_file_that_it_cannot_read(
    start_counting: StartCounting, folder: Path
) -> None:
    start_counting().close()
    (file,) = folder.iterdir()
    file.unlink()
    file.mkdir()
    counting = start_counting()
    count(counting)
    counting.close()
    start_counting().flush()

    assert (accepted(), files(folder)) == (1, 2)
