from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from events import queries
from events.errors import (
    EmptyReplayFilter,
    ReplayNotConfirmed,
    ReplayPlanOverlaps,
    StoreUnavailable,
)
from events.event import Status
from events.queries import EventFilter, replay_plans
from events.replay_plan import Estimate, PlanState
from events.store import leases
from tests.events.replay_plans.making import carry_out, make_dead_events, make_plan
from tests.factories import TENANT, accept_event, make_dead_event, make_succeeded_event, race
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

BY_TYPE = EventFilter(event_type="order.created")
DEAD = EventFilter(status=Status.DEAD)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.both_stores
@pytest.mark.parametrize("event_filter", [BY_TYPE, DEAD])
def test_it_counts_the_dead_events_that_are_meant(event_filter: EventFilter) -> None:
    dead = make_dead_events(7)
    make_succeeded_event()
    accept_event()
    make_dead_event(tenant="globex")

    preview = queries.preview_replay(tenant=TENANT, event_filter=event_filter)

    assert preview.estimate == Estimate(count=7, is_exact=True)
    assert [each.event_id for each in preview.sample] == dead[:5]


def test_it_counts_at_least_so_many_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    make_dead_events(5)
    monkeypatch.setattr(replay_plans, "_COUNTING_SECONDS", 0.0)
    monkeypatch.setattr(replay_plans, "_ENTRIES_AT_ONCE", 2)
    monkeypatch.setattr(replay_plans, "_EVENTS_AT_ONCE", 2)

    for event_filter in (BY_TYPE, DEAD):
        preview = queries.preview_replay(tenant=TENANT, event_filter=event_filter)
        assert preview.estimate == Estimate(count=2, is_exact=False)


def test_it_means_dead_events_unless_told_otherwise() -> None:
    make_dead_events(1)
    make_succeeded_event()

    assert make_plan().filter["status"] == Status.DEAD
    assert make_plan(replace(BY_TYPE, status=Status.SUCCEEDED)).expected.count == 1


@pytest.mark.parametrize("event_filter", [EventFilter(), EventFilter(event_types=("order.*",))])
def test_it_refuses_a_filter_that_means_everything(event_filter: EventFilter) -> None:
    with pytest.raises(EmptyReplayFilter):
        make_plan(event_filter)


def test_it_refuses_what_is_not_confirmed(settings: Settings) -> None:
    settings.REPLAY_CONFIRM_ABOVE = 3
    make_dead_events(4)

    with pytest.raises(ReplayNotConfirmed) as refused:
        make_plan()
    assert refused.value.members == {"count": 4, "is_exact": True}
    with pytest.raises(ReplayNotConfirmed):
        make_plan(confirm_count=3)
    assert make_plan(confirm_count=4).expected.count == 4


def test_it_refuses_what_it_could_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    make_dead_events(3)
    monkeypatch.setattr(replay_plans, "_COUNTING_SECONDS", 0.0)
    monkeypatch.setattr(replay_plans, "_EVENTS_AT_ONCE", 2)

    with pytest.raises(ReplayNotConfirmed):
        make_plan()
    assert make_plan(confirm_count=2).state is PlanState.RUNNING


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"event_type": "order.created"}, {"source": "shop"}),
        ({"source": "shop"}, {"source": "shop", "subject": "7"}),
        ({"received_after": NOON}, {"received_after": NOON}),
        ({"event_type": "order.created"}, {"source": "shop", "event_types": ("order.*",)}),
    ],
)
def test_it_refuses_a_plan_that_may_mean_the_same_events(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    plan = make_plan(EventFilter(**one))

    with pytest.raises(ReplayPlanOverlaps) as refused:
        make_plan(EventFilter(**other))
    assert refused.value.members == {"plan_id": plan.plan_id}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"event_type": "order.created"}, {"event_type": "order.paid"}),
        ({"source": "shop"}, {"source": "shop", "status": Status.SUCCEEDED}),
        ({"received_before": NOON}, {"received_after": NOON}),
        ({"event_type": "order.created"}, {"source": "shop", "event_types": ("refund.*",)}),
        ({"error_fingerprint": "0" * 16}, {"error_fingerprint": "1" * 16}),
    ],
)
def test_it_takes_plans_that_cannot_mean_the_same_events(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    make_plan(EventFilter(**one))

    assert make_plan(EventFilter(**other)).state is PlanState.RUNNING


def test_it_takes_a_plan_after_one_that_has_ended() -> None:
    carry_out(make_plan())

    assert make_plan().state is PlanState.RUNNING


@pytest.mark.both_stores
def test_it_lets_one_of_many_win() -> None:
    def make(_: int) -> bool:
        try:
            make_plan()
        except ReplayPlanOverlaps:
            return False
        return True

    assert sum(race(make, runners=4)) == 1
    assert len(queries.list_open_replay_plans()) == 1


def test_it_waits_for_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.services.replay_plans._PATIENCE_SECONDS", 0.0)
    leases.acquire(f"replay-plans/{TENANT}", "somebody", 60)

    with pytest.raises(StoreUnavailable):
        make_plan()


def test_it_keeps_the_tenants_apart() -> None:
    plan = make_plan()
    other = make_plan(tenant="globex")

    assert [each.plan_id for each in queries.list_replay_plans(tenant=TENANT)] == [plan.plan_id]
    assert [each.plan_id for each in queries.list_replay_plans(tenant="globex")] == [other.plan_id]


def test_it_shows_the_newest_first_ended_ones_too(dynamodb: FakeDynamoDB) -> None:
    dynamodb.page_size = 2
    plans = [carry_out(make_plan()) for _ in range(5)]
    plans.append(make_plan())

    listed = queries.list_replay_plans(tenant=TENANT)

    assert [each.plan_id for each in listed] == [each.plan_id for each in plans[::-1]]
