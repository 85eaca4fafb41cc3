from datetime import timedelta

import pytest

from events import queries, services
from events.counters.process import Counting
from events.event import Status
from events.services.new_items import LEAD
from tests.factories import (
    TENANT,
    accept_event,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("counting", "dispatcher")


@pytest.mark.both_stores
def test_it_tells_totals_by_status_and_type(counting: Counting) -> None:
    for make_event in (accept_event, make_dead_event, make_succeeded_event):
        make_event()
    make_succeeded_event(event_type="order.paid")
    replay_event(make_dead_event())
    make_dead_event(tenant="globex")
    counting.flush()

    totals = queries.get_stats(tenant=TENANT)["totals"]
    assert totals["by_status"] == {"open": 2, "succeeded": 2, "dead": 1}
    assert (totals["accepted"], totals["replayed"]) == (5, 1)
    accepted = {name: counts["accepted"] for name, counts in totals["by_type"].items()}
    assert accepted == {"order.created": 4, "order.paid": 1}


@pytest.mark.both_stores
def test_it_is_exact_only_once_nothing_is_counted_any_more(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    accept_event()
    counting.flush()
    stats = [queries.get_stats(tenant=TENANT)]
    frozen_clock.advance(seconds=10)
    stats.append(queries.get_stats(tenant=TENANT))

    assert [each["totals"]["is_exact"] for each in stats] == [False, True]
    assert [each["last_hour"]["is_exact"] for each in stats] == [False, True]


def test_it_tells_the_totals_of_as_long_as_events_are_kept(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    for _ in range(3):
        accept_event()
        counting.flush()
        frozen_clock.advance(days=20)
    totals = queries.get_totals(tenant=TENANT)

    assert totals["accepted"] == 1
    assert frozen_clock.now() - totals["since"] < timedelta(days=31)


def test_it_tells_the_last_hour_by_the_minute(
    counting: Counting, frozen_clock: FrozenClock
) -> None:
    accept_event()
    frozen_clock.advance(minutes=59)
    for _ in range(2):
        make_succeeded_event()
    counting.flush()

    hour = queries.get_stats(tenant=TENANT)["last_hour"]
    assert hour["accepted"] == [1, *[0] * 58, 2]
    assert hour["succeeded"] == [*[0] * 59, 2]
    assert hour["minutes"][-1] == frozen_clock.now().replace(second=0, microsecond=0)
    assert len(hour["minutes"]) == 60


def test_it_tells_how_long_success_takes(counting: Counting, frozen_clock: FrozenClock) -> None:
    for seconds in range(1, 101):
        claimed = claim_event(accept_event())
        frozen_clock.advance(seconds=seconds / 10)
        services.finish_event(claimed, result_json=None)
    counting.flush()

    latency = queries.get_stats(tenant=TENANT)["last_hour"]["accept_to_success_seconds"]
    expected = {"p50": 5.0, "p95": 9.5, "p99": 9.9, "count": 100, "is_exact": False}
    assert latency == pytest.approx(expected, rel=0.1)


def test_it_tells_how_much_succeeds(counting: Counting) -> None:
    for make_event in (*[make_succeeded_event] * 3, make_dead_event, accept_event):
        make_event()
    counting.flush()

    assert queries.get_stats(tenant=TENANT)["totals"]["success_rate"] == 0.75


def test_it_tells_how_long_handlers_run(counting: Counting, frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    for seconds in (1, 3):
        claimed = claim_event(event_id)
        frozen_clock.advance(seconds=seconds)
        retry(claimed)
    counting.flush()

    (counts,) = queries.get_stats(tenant=TENANT)["totals"]["by_type"].values()
    assert counts["processing_seconds"] == {"mean": 2.0, "longest": 3.0}


def test_it_says_nothing_of_what_was_never_counted() -> None:
    stats = queries.get_stats(tenant="nobody")

    assert stats["totals"]["by_status"] == {"open": 0, "succeeded": 0, "dead": 0}
    assert stats["totals"]["success_rate"] is None
    assert stats["last_hour"]["accept_to_success_seconds"]["p99"] is None


def test_it_says_until_when_it_counted(frozen_clock: FrozenClock) -> None:
    totals = queries.get_stats(tenant=TENANT)["totals"]

    assert timedelta() < frozen_clock.now() - totals["as_of"] <= timedelta(seconds=10)


def test_it_takes_as_many_calls_for_more_events(counting: Counting, dynamodb: FakeDynamoDB) -> None:
    calls = []
    for events in (1, 50):
        for _ in range(events):
            make_dead_event()
        counting.flush()
        dynamodb.calls.clear()
        queries.get_stats(tenant=TENANT)
        calls.append(dict(dynamodb.calls))

    # The days, the last hour, and each of four shards of the dead.
    assert calls == [{"query": 6}, {"query": 6}]


@pytest.mark.both_stores
def test_it_counts_what_is_open_and_what_is_dead() -> None:
    for make_event in (accept_event, accept_event, make_dead_event, make_succeeded_event):
        make_event()
    make_dead_event(tenant="globex")

    opened = queries.get_platform_stats()["open_all_tenants"]
    dead = queries.get_stats(tenant=TENANT)["dead"]
    assert (opened["count"], opened["is_exact"]) == (2, True)
    assert (dead["count"], dead["is_exact"]) == (1, True)


def test_it_says_since_when_an_event_should_have_moved(frozen_clock: FrozenClock) -> None:
    accept_event(process_at=frozen_clock.now() + timedelta(hours=1))
    frozen_clock.advance(minutes=59)
    assert queries.get_platform_stats()["open_all_tenants"]["overdue_since"] is None
    frozen_clock.advance(minutes=2)

    since = queries.get_platform_stats()["open_all_tenants"]["overdue_since"]
    # It should have been on its way when its time came.
    assert frozen_clock.now() - since == timedelta(minutes=1) + LEAD


def test_it_shows_how_full_the_queues_are(dispatcher: FakeDispatcher) -> None:
    accept_event()

    empty = {"visible": 0, "in_flight": 0, "delayed": 0}
    queues = queries.get_platform_stats()["queues"]
    assert (queues["work"], queues["dead_letter"]) == (empty | {"visible": 1}, empty)
    dispatcher.is_away = True
    assert queries.get_platform_stats()["queues"] is None


@pytest.mark.both_stores
def test_it_shows_the_workers_that_were_seen(frozen_clock: FrozenClock) -> None:
    services.record_heartbeat(worker="worker-1", active=3)
    frozen_clock.advance(minutes=30)
    services.record_heartbeat(worker="worker-2", active=0)
    services.record_heartbeat(worker="worker-3", active=0)
    services.forget_worker("worker-3")

    seen = queries.get_platform_stats()["workers"]["seen"]
    shown = [(each["name"], each["active"], each["is_alive"]) for each in seen]
    assert shown == [("worker-1", 3, False), ("worker-2", 0, True)]
    frozen_clock.advance(minutes=31)
    seen = queries.get_platform_stats()["workers"]["seen"]
    assert [each["name"] for each in seen] == ["worker-2"]


def test_it_tells_the_tenants_that_were_counted(counting: Counting) -> None:
    for tenant in ("globex", TENANT):
        accept_event(tenant=tenant)
    counting.flush()

    assert queries.get_counted_tenants() == (TENANT, "globex")


def test_an_open_event_is_open_until_it_ended(counting: Counting) -> None:
    claimed = claim_event(accept_event())
    counting.flush()
    assert queries.get_totals(tenant=TENANT)["by_status"]["open"] == 1
    services.finish_event(claimed, result_json=None)
    counting.flush()

    by_status = queries.get_totals(tenant=TENANT)["by_status"]
    assert by_status == {"open": 0, Status.SUCCEEDED: 1, Status.DEAD: 0}
