"""Leases that are due together, where the store takes long for each."""

import threading
from contextlib import ExitStack

import pytest
from django.conf import settings

from events.event import ClaimedEvent
from events.services.reach import out_of_reach
from tasks import lease_keeper
from tests.factories import accept_event, claim_event, race

WAIT_SECONDS = 60


@pytest.mark.usefixtures("store", "dispatcher")
def test_no_lease_waits_for_another_s(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = settings.WORKER_CONCURRENCY
    # Whoever waits here is let through when all are here.
    all_extend = threading.Barrier(handlers + 1)

    def extend(_: ClaimedEvent) -> bool:
        all_extend.wait(WAIT_SECONDS)
        return True

    monkeypatch.setattr("events.services.extend_lease", extend)
    monkeypatch.setattr(lease_keeper, "_EXTEND_EVERY_SECONDS", 1.0)
    claimed = [claim_event(accept_event()) for _ in range(handlers)]

    with ExitStack() as held:
        for each in claimed:
            held.enter_context(lease_keeper.hold_lease(each))
        all_extend.wait(WAIT_SECONDS)

    assert not lease_keeper.held_events()


def test_no_handler_waits_for_what_another_asks() -> None:
    handlers = settings.WORKER_CONCURRENCY
    all_ask = threading.Barrier(handlers)

    @out_of_reach
    def ask(number: int) -> int:
        all_ask.wait(WAIT_SECONDS)
        return number

    assert race(ask, runners=handlers) == list(range(handlers))
