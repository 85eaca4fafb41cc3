from dataclasses import replace

import pytest
from django.conf import settings as usual
from pytest_django import Settings

from events import queries, services
from events.error_group import ErrorGroup, GroupOrder
from events.errors import ErrorGroupNotFound
from events.event import AttemptError, Outcome
from events.queries import EventFilter
from events.services import error_groups
from events.services.error_groups import Tally
from tests.events.replay_plans.making import carry_out, make_plan
from tests.factories import (
    ERROR,
    TENANT,
    accept_event,
    bury,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    race,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock
from tests.processes import eventually

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

OTHER = AttemptError(type="OSError", message="away", fingerprint="e" * 16)


def groups(**options: object) -> list[ErrorGroup]:
    asked = {"tenants": [TENANT], "limit": 50} | options
    return list(queries.list_error_groups(**asked).groups)  # type: ignore[arg-type]  # of many kinds


@pytest.mark.both_stores
def test_it_counts_failures_of_one_kind(error_tally: Tally, frozen_clock: FrozenClock) -> None:
    first_seen_at = frozen_clock.now()
    retry(claim_event(accept_event()))
    error_tally.flush()
    frozen_clock.advance(minutes=1)
    died = make_dead_event()
    error_tally.flush()

    assert groups() == [
        ErrorGroup(
            tenant=TENANT,
            event_type="order.created",
            fingerprint=ERROR.fingerprint,
            error_type=ERROR.type,
            message=ERROR.message,
            failed_attempts=2,
            deaths=1,
            first_seen_at=first_seen_at,
            last_seen_at=frozen_clock.now(),
            first_version=usual.VERSION,
            last_version=usual.VERSION,
            example_event_id=died,
        )
    ]


def test_it_remembers_the_version_that_failed_first(
    error_tally: Tally, frozen_clock: FrozenClock, settings: Settings
) -> None:
    for version in ("1", "2", "3"):
        settings.VERSION = version
        make_dead_event()
        error_tally.flush()
        frozen_clock.advance(seconds=1)

    (group,) = groups()
    assert (group.first_version, group.last_version) == ("1", "3")


def test_it_counts_no_success_and_no_attempt_that_was_stopped(error_tally: Tally) -> None:
    make_succeeded_event()
    claimed = claim_event(accept_event())
    services.retry_event(claimed, outcome=Outcome.STOPPED, error=ERROR, wait_seconds=0)
    error_tally.flush()

    assert groups() == []


def test_it_counts_no_failure_that_came_too_late(
    error_tally: Tally, frozen_clock: FrozenClock
) -> None:
    event_id = accept_event()
    overtaken = claim_event(event_id)
    frozen_clock.advance(seconds=usual.LEASE_SECONDS)
    claim_event(event_id, message_id="message-2")
    assert not bury(overtaken)
    error_tally.flush()

    assert groups() == []


def test_it_costs_one_write_for_many_deaths_of_a_second(
    dynamodb: FakeDynamoDB, error_tally: Tally
) -> None:
    for _ in range(20):
        make_dead_event()
    before = dynamodb.platform.units
    error_tally.flush()

    assert dynamodb.platform.units == before + 1
    assert groups()[0].deaths == 20


def test_it_costs_a_success_nothing(dynamodb: FakeDynamoDB, error_tally: Tally) -> None:
    make_succeeded_event()
    dynamodb.calls.clear()
    error_tally.flush()

    assert not dynamodb.calls


@pytest.mark.both_stores
def test_many_processes_count_together() -> None:
    tallies = [Tally() for _ in range(6)]
    claimed = [claim_event(accept_event()) for _ in tallies]

    def count(runner: int) -> None:
        for _ in range(5):
            tallies[runner].note(claimed[runner], ERROR, is_death=True)
            tallies[runner].flush()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tally, "_start", lambda _: None)
        race(count, runners=6)
        # Who met the others too often comes back, as its thread would.
        for tally in tallies:
            tally.flush()

    assert groups()[0].deaths == 30


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.AWAY, Fault.THROTTLE])
@pytest.mark.parametrize("call", [0, 1])
def test_it_counts_once_whatever_call_fails(
    fault: Fault, call: int, *, dynamodb: FakeDynamoDB, error_tally: Tally
) -> None:
    make_dead_event()
    dynamodb.fail_next(*[None] * call, fault)
    error_tally.flush()
    error_tally.flush()

    assert groups()[0].deaths == 1


def test_it_counts_once_what_was_written_long_ago(
    dynamodb: FakeDynamoDB, error_tally: Tally
) -> None:
    make_dead_event()
    # The read passes, and the write is done each time without anybody hearing of it.
    dynamodb.fail_next(None, *[Fault.LOSE_ANSWER] * 2, *[Fault.AWAY] * 40)
    error_tally.flush()
    dynamodb._faults.clear()  # noqa: SLF001  # the store is back
    make_dead_event()
    error_tally.flush()

    assert groups()[0].deaths == 2


def test_it_keeps_what_it_counted_while_the_store_is_away(
    dynamodb: FakeDynamoDB, error_tally: Tally
) -> None:
    make_dead_event()
    dynamodb.is_away = True
    error_tally.flush()
    dynamodb.is_away = False
    make_dead_event()
    error_tally.flush()

    assert groups()[0].deaths == 2


def test_it_counts_only_so_many_kinds_at_once(
    error_tally: Tally, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(error_groups, "_GROUPS_LIMIT", 2)
    for letter in "abcd":
        make_dead_event(error=replace(ERROR, fingerprint=letter * 16))
    error_tally.flush()

    assert [each.fingerprint for each in groups()] == ["b" * 16, "a" * 16]
    assert caplog.text.count("error_groups_dropped") == 1


@pytest.mark.parametrize(
    ("order", "expected"), [(GroupOrder.NEWEST, "cba"), (GroupOrder.MOST, "bca")]
)
def test_it_lists_the_newest_or_the_most_first_page_by_page(
    order: GroupOrder, expected: str, *, error_tally: Tally, frozen_clock: FrozenClock
) -> None:
    for letter, deaths in (("a", 1), ("b", 3), ("c", 2)):
        for _ in range(deaths):
            make_dead_event(error=replace(ERROR, fingerprint=letter * 16))
        error_tally.flush()
        frozen_clock.advance(seconds=1)
    found: list[str] = []
    after = None
    for _ in expected:
        page = queries.list_error_groups(tenants=[TENANT], order=order, after=after, limit=1)
        found += [each.fingerprint[0] for each in page.groups]
        after = page.next_key

    assert ("".join(found), after) == (expected, None)


def test_it_lists_those_of_some_types(error_tally: Tally) -> None:
    make_dead_event(event_type="order.created")
    make_dead_event(error=OTHER, event_type="payroll.paid")
    error_tally.flush()

    assert [each.event_type for each in groups(event_types=["order.*"])] == ["order.created"]


def test_it_lists_those_of_several_tenants(error_tally: Tally) -> None:
    for tenant in ("acme", "globex", "initech"):
        make_dead_event(tenant=tenant)
    error_tally.flush()

    assert {each.tenant for each in groups(tenants=["acme", "globex"])} == {"acme", "globex"}


def test_it_reads_all_of_many(dynamodb: FakeDynamoDB, error_tally: Tally) -> None:
    dynamodb.page_size = 3
    for number in range(10):
        make_dead_event(error=replace(ERROR, fingerprint=f"{number:016x}"))
    error_tally.flush()
    page = queries.list_error_groups(tenants=[TENANT], limit=50)

    assert (len(page.groups), page.is_complete) == (10, True)


def test_it_says_when_it_has_not_looked_at_all(dynamodb: FakeDynamoDB, error_tally: Tally) -> None:
    dynamodb.page_size = 1
    for number in range(10):
        make_dead_event(error=replace(ERROR, fingerprint=f"{number:016x}"))
    error_tally.flush()
    page = queries.list_error_groups(tenants=[TENANT], limit=50)

    assert (len(page.groups), page.is_complete) == (8, False)


@pytest.mark.both_stores
def test_it_shows_one_group_of_its_tenant(error_tally: Tally) -> None:
    make_dead_event()
    error_tally.flush()

    assert queries.get_error_group(ERROR.fingerprint, tenant=TENANT).deaths == 1
    with pytest.raises(ErrorGroupNotFound):
        queries.get_error_group(ERROR.fingerprint, tenant="globex")


def test_it_is_kept_as_long_as_its_events(error_tally: Tally, frozen_clock: FrozenClock) -> None:
    make_dead_event()
    error_tally.flush()
    frozen_clock.advance(days=usual.RETENTION_DAYS)
    assert groups()

    frozen_clock.advance(days=1)
    assert not groups()
    # DynamoDB deletes late: what comes again meanwhile begins anew.
    make_dead_event()
    error_tally.flush()
    (group,) = groups()
    assert (group.deaths, group.first_seen_at) == (1, frozen_clock.now())


def test_its_events_are_replayed_by_a_plan(error_tally: Tally) -> None:
    meant, other = make_dead_event(), make_dead_event(error=OTHER)
    error_tally.flush()
    group = queries.get_error_group(ERROR.fingerprint, tenant=TENANT)
    plan = make_plan(EventFilter(event_type=group.event_type, error_fingerprint=group.fingerprint))

    assert carry_out(plan).replayed == 1
    assert (get_event(meant).generation, get_event(other).generation) == (2, 1)
    assert queries.get_error_group(ERROR.fingerprint, tenant=TENANT).deaths == 1


def test_it_fits_one_write_unit(dynamodb: FakeDynamoDB, error_tally: Tally) -> None:
    for _ in range(40):
        error_tally.forget()
        make_dead_event(
            error=replace(ERROR, message="x" * 500, type="shop.shipping.errors.ShippingAway")
        )
        error_tally.flush()
    before = dynamodb.platform.units
    make_dead_event(error=replace(ERROR, message="x" * 500))
    error_tally.flush()

    assert dynamodb.platform.units == before + 1


def test_it_stores_at_once_and_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_groups, "FLUSH_SECONDS", 0.01)
    tally = Tally()
    tally.note(claim_event(accept_event()), ERROR, is_death=True)

    eventually(lambda: [each.deaths for each in groups()] == [1], "it is counted")
    eventually(lambda: not tally._is_running, "the thread ends")  # noqa: SLF001  # no other sign of it
    tally.note(claim_event(accept_event()), ERROR, is_death=True)
    eventually(lambda: [each.deaths for each in groups()] == [2], "it is counted, too")
    eventually(lambda: not tally._is_running, "the thread ends")  # noqa: SLF001  # as above
