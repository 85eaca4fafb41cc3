import os
import threading
from collections.abc import Callable

import pytest
import structlog
from django.db import OperationalError, connections

from events import background, snapshot
from events.errors import DatabaseUnavailable
from events.snapshot import Snapshot


class Source:
    """A database with one number in it, which may be away."""

    def __init__(self) -> None:
        self.value = 1
        self.loads = 0
        self.is_away = False

    def load(self) -> int:
        self.loads += 1
        if self.is_away:
            raise OperationalError("no route")
        return self.value


class Later:
    """Background work that waits until a test lets it happen."""

    def __init__(self) -> None:
        self.works: list[Callable[[], None]] = []

    def run(self, work: Callable[[], None]) -> bool:
        self.works.append(work)
        return True

    def happen(self) -> None:
        works, self.works = self.works, []
        for work in works:
            work()


class Time:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(snapshot, "time", time)
    return time


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    later = Later()
    monkeypatch.setattr(background, "run", later.run)
    # What waits for the background would wait for the test itself.
    monkeypatch.setattr(snapshot, "_PATIENCE_SECONDS", 0.0)
    return later


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def numbers(source: Source) -> Snapshot[int]:
    return Snapshot(source.load, max_age_seconds=30)


def test_it_loads_for_the_first_reader(numbers: Snapshot[int]) -> None:
    assert numbers.get() == 1


def test_it_asks_no_more_while_what_it_holds_is_young(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    numbers.get()
    time.now += 14
    numbers.get()

    assert source.loads == 1


def test_it_refreshes_in_the_background_from_half_its_age(time: Time, later: Later) -> None:
    source = Source()
    numbers = Snapshot(source.load, max_age_seconds=30)
    with pytest.raises(DatabaseUnavailable):
        numbers.get()
    later.happen()
    source.value = 2
    time.now += 16

    assert [numbers.get(), numbers.get()] == [1, 1]
    later.happen()
    assert (numbers.get(), source.loads) == (2, 2)


@pytest.mark.usefixtures("database_at_once")
def test_it_uses_nothing_that_is_older_than_its_age(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    numbers.get()
    source.value = 2
    time.now += 3_600

    assert numbers.get() == 2


@pytest.mark.usefixtures("database_at_once")
def test_it_counts_the_age_from_the_question(time: Time) -> None:
    def load_slowly() -> float:
        time.now += 20
        return time.now

    numbers = Snapshot(load_slowly, max_age_seconds=30)

    assert numbers.get() < numbers.get()


@pytest.mark.usefixtures("database_at_once")
def test_it_keeps_the_last_one_while_the_database_is_away(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    numbers.get()
    source.is_away = True
    time.now += 3_600

    assert numbers.get() == 1


@pytest.mark.usefixtures("database_at_once")
def test_it_says_that_nothing_was_ever_loaded(numbers: Snapshot[int], source: Source) -> None:
    source.is_away = True

    with pytest.raises(DatabaseUnavailable):
        numbers.get()


@pytest.mark.usefixtures("database_at_once")
def test_it_tries_an_absent_database_less_and_less(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    numbers.get()
    source.is_away = True
    for _ in range(6_000):
        time.now += 0.1
        numbers.get()

    # Ten minutes: at first after half a second, in the end every fifteen.
    assert 30 < source.loads < 60


@pytest.mark.usefixtures("database_at_once")
def test_it_warns_once_for_an_outage(numbers: Snapshot[int], source: Source, time: Time) -> None:
    numbers.get()
    source.is_away = True
    with structlog.testing.capture_logs() as lines:
        for _ in range(100):
            time.now += 10
            numbers.get()
        source.is_away = False
        time.now += 60
        numbers.get()

    assert [line["event"] for line in lines] == ["database_away", "database_back"]


@pytest.mark.usefixtures("database_at_once")
def test_it_returns_to_a_database_that_is_back(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    source.is_away = True
    with pytest.raises(DatabaseUnavailable):
        numbers.get()

    source.is_away = False
    time.now += 1
    assert numbers.get() == 1


def test_it_starts_no_second_load_beside_one_that_hangs(
    numbers: Snapshot[int], later: Later
) -> None:
    for _ in range(10):
        with pytest.raises(DatabaseUnavailable):
            numbers.get()

    assert len(later.works) == 1


def test_it_gives_up_a_load_that_hangs(time: Time, later: Later) -> None:
    source = Source()
    numbers = Snapshot(source.load, max_age_seconds=30)
    with pytest.raises(DatabaseUnavailable):
        numbers.get()
    (hanging,) = later.works
    later.works.clear()
    time.now += 31
    with pytest.raises(DatabaseUnavailable):
        numbers.get()
    source.value = 2
    later.happen()
    source.value = 1
    hanging()

    assert numbers.get() == 2


@pytest.mark.usefixtures("database_at_once")
def test_it_looks_again_for_who_wants_it_fresher(
    numbers: Snapshot[int], source: Source, time: Time
) -> None:
    numbers.get()
    source.value = 2
    time.now += 2

    assert (numbers.get(), numbers.get(max_age_seconds=1)) == (1, 2)


@pytest.mark.usefixtures("database_at_once")
def test_it_tells_of_a_load_that_crashes() -> None:
    broken = Snapshot[int](lambda: int("one"), max_age_seconds=30)

    with pytest.raises(ValueError, match="one"):
        broken.get()


def test_it_loads_once_for_many_readers_at_once(numbers: Snapshot[int], source: Source) -> None:
    seen: list[int] = []
    readers = [threading.Thread(target=lambda: seen.append(numbers.get())) for _ in range(20)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert (seen, source.loads) == ([1] * 20, 1)


def test_it_keeps_no_connection_of_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = threading.Event()
    monkeypatch.setattr(connections, "close_all", closed.set)

    Snapshot(lambda: 1, max_age_seconds=30).get()

    assert closed.wait(30)


# Python 3.12 warns of every fork beside threads, which is the very case here.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_it_loads_in_a_child_that_was_forked_during_a_load() -> None:
    started, goes_on = threading.Event(), threading.Event()
    parent = os.getpid()

    def load() -> int:
        started.set()
        assert os.getpid() != parent or goes_on.wait(30)
        return 1

    numbers = Snapshot(load, max_age_seconds=30)
    threading.Thread(target=numbers.get, daemon=True).start()
    assert started.wait(30)
    child = os.fork()
    if not child:
        os._exit(numbers.get())
    goes_on.set()

    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1
