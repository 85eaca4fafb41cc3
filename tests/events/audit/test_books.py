from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as usual
from pytest_django import Settings

from events import queries
from events.audit import Account, AuditReport
from events.counters import process
from events.counters.process import Counting
from events.counts import TYPES_PER_TENANT
from tests.events.audit.damage import delete
from tests.events.conftest import StartCounting
from tests.factories import TENANT, accept_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "frozen_clock", "counting")

DAY = date(2026, 1, 2)


def audit(**options: object) -> AuditReport:
    made = queries.Audit(**options)  # type: ignore[arg-type]  # of many kinds
    list(made.walk(items_per_second=1_000_000))
    return made.report()


def account(**options: object) -> Account:
    (found,) = audit(**options).accounts
    return found


def stop_counting(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.COUNTERS_FOLDER = ""
    monkeypatch.setattr(process, "_counting", None)


def numbers(found: Account) -> dict[str, int]:
    names = ("accepted", "stored", "expired", "lost", "uncounted")
    return {name: number for name in names if (number := getattr(found, name))}


def test_it_counts_what_has_expired(counting: Counting, frozen_clock: FrozenClock) -> None:
    gone = accept_event()
    frozen_clock.advance(days=1)
    accept_event()
    counting.flush()
    frozen_clock.advance(days=usual.RETENTION_DAYS)
    delete(gone)

    report = audit()
    (found,) = report.accounts
    assert numbers(found) == {"accepted": 2, "stored": 1, "expired": 1}
    (first, second) = report.days
    assert (first.day, first.accepted, first.stored, first.expired) == (DAY, 1, 0, 1)
    assert (second.day, second.accepted, second.stored, second.expired) == (
        DAY + timedelta(days=1),
        1,
        1,
        0,
    )


def test_it_does_not_take_for_expired_what_had_no_time_to(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    gone = accept_event()
    counting.flush()
    frozen_clock.advance(days=usual.RETENTION_DAYS - 1)
    delete(gone)

    assert numbers(account()) == {"accepted": 1, "lost": 1}


def test_it_leaves_alone_what_somebody_says_is_older(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    gone = accept_event()
    counting.flush()
    frozen_clock.advance(days=2)
    delete(gone)

    assert numbers(account(since=DAY + timedelta(days=1))) == {"accepted": 1, "expired": 1}


def test_it_says_what_nobody_counted(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    accept_event()
    # As a process does that is killed between store and count.
    stop_counting(monkeypatch, settings)

    report = audit()
    assert report.is_clean
    assert numbers(report.accounts[0]) == {"stored": 1, "uncounted": 1}


def test_a_loss_of_one_type_is_not_made_up_for_by_another(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    gone = accept_event(event_type="order.paid")
    counting.flush()
    delete(gone)
    stop_counting(monkeypatch, settings)
    accept_event(event_type="order.created")

    lost = {each.event_type: each.lost for each in audit().accounts}
    assert lost == {"order.created": 0, "order.paid": 1}


def test_it_holds_a_tenant_with_too_many_types_to_its_sum(counting: Counting) -> None:
    events = [accept_event(event_type=f"order.t{n}") for n in range(TYPES_PER_TENANT + 5)]
    counting.flush()
    delete(events[-1])

    found = account()
    assert (found.tenant, found.event_type, found.lost) == (TENANT, None, 1)


def test_it_adds_up_what_processes_counted(
    start_counting: StartCounting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        counting = start_counting()
        monkeypatch.setattr(process, "_counting", counting)
        accept_event()
        counting.flush()

    assert numbers(account()) == {"accepted": 3, "stored": 3}


def test_midnight_makes_no_difference(counting: Counting, frozen_clock: FrozenClock) -> None:
    midnight = datetime(2026, 1, 3, tzinfo=UTC)
    frozen_clock.advance(seconds=(midnight - frozen_clock.now()).total_seconds() - 1)

    def count_late() -> Counting:
        # On the day after, of which nothing can have expired.
        frozen_clock.advance(seconds=2)
        return counting

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("events.counters.counting", count_late)
        accept_event()
    counting.flush()
    frozen_clock.advance(days=usual.RETENTION_DAYS - 1)

    assert numbers(account()) == {"accepted": 1, "stored": 1}


def test_it_counts_what_comes_during_the_walk_to_neither_side(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    accept_event()
    counting.flush()
    made = queries.Audit()
    frozen_clock.advance(seconds=1)
    accept_event()
    list(made.walk(items_per_second=1_000_000))

    assert numbers(made.report().accounts[0]) == {"accepted": 1, "stored": 2}


def test_it_says_nothing_of_losses_where_it_cannot_read_all_counters(
    start_counting: StartCounting, dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        counting = start_counting()
        monkeypatch.setattr(process, "_counting", counting)
        delete(accept_event())
        counting.flush()
    monkeypatch.setattr("events.store.counters._PAGES", 1)
    dynamodb.page_size = 1

    report = audit()
    assert (report.is_counted, report.is_clean) == (False, True)
