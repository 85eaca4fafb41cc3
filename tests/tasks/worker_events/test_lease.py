import os
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from events.errors import StoreUnavailable
from tasks.worker_events import lease
from tests.processes import eventually


class FakeLeases:
    """One lease, as the store would keep it."""

    def __init__(self) -> None:
        self.owner = ""
        self.ends_at = 0.0
        self.is_away = False
        self.refusals = 0

    def acquire_lease(self, _name: str, owner: str, seconds: float) -> bool:
        if self.is_away:
            self.refusals += 1
            raise StoreUnavailable
        if self.owner != owner and time.monotonic() < self.ends_at:
            self.refusals += 1
            return False
        self.owner, self.ends_at = owner, time.monotonic() + seconds
        return True

    def release_lease(self, _name: str, owner: str) -> None:
        if self.owner == owner:
            self.ends_at = 0.0


@pytest.fixture
def leases(monkeypatch: pytest.MonkeyPatch) -> FakeLeases:
    fake = FakeLeases()
    monkeypatch.setattr(lease, "leases", fake)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.2)
    monkeypatch.setattr(lease, "_MARGIN_SECONDS", 0.1)
    monkeypatch.setattr(lease, "_TRY_SECONDS", 0.01)
    return fake


@pytest.fixture
def reader(leases: FakeLeases) -> Iterator[lease.ReaderLease]:
    reader = lease.ReaderLease("me")
    yield reader
    if leases.owner == "me":
        reader.give_back()


def test_it_is_free_again_once_given_back(leases: FakeLeases, reader: lease.ReaderLease) -> None:
    reader.take()

    reader.give_back()

    assert leases.acquire_lease("any", "next", 1)


def test_it_is_renewed_while_its_holder_lives(
    leases: FakeLeases, reader: lease.ReaderLease
) -> None:
    reader.take()
    first_end = leases.ends_at

    eventually(lambda: leases.ends_at > first_end + 0.2, "the lease is renewed")

    assert reader.loss is None


def test_it_waits_for_the_end_of_a_lease_left_behind(
    leases: FakeLeases, reader: lease.ReaderLease, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases.acquire_lease("any", "killed", 3_600)

    def let_it_end(_seconds: float) -> None:
        leases.ends_at = 0.0

    monkeypatch.setattr(lease, "time", SimpleNamespace(sleep=let_it_end, monotonic=time.monotonic))
    reader.take()

    assert leases.owner == "me"
    assert leases.refusals == 1


def test_it_gives_way_to_another_that_lives(leases: FakeLeases, reader: lease.ReaderLease) -> None:
    leases.acquire_lease("any", "other", 3_600)

    with pytest.raises(SystemExit, match="Another exporter is reading the queue"):
        reader.take()


def test_it_waits_for_a_store_that_is_away(
    leases: FakeLeases, reader: lease.ReaderLease, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases.is_away = True

    def come_back(_seconds: float) -> None:
        leases.is_away = leases.refusals < 50

    monkeypatch.setattr(lease, "time", SimpleNamespace(sleep=come_back))
    reader.take()

    assert leases.owner == "me"


def test_it_ends_the_process_when_it_is_lost(
    leases: FakeLeases, reader: lease.ReaderLease, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr("tasks.worker_events.lease.os.kill", lambda *sent: signals.append(sent))
    reader.take()

    leases.owner, leases.ends_at = "other", time.monotonic() + 3_600

    eventually(lambda: signals == [(os.getpid(), signal.SIGTERM)], "the process is told")
    assert reader.loss
    assert "took over" in reader.loss
