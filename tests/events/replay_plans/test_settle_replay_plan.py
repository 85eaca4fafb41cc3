import pytest

from events import queries
from events.event import Outcome
from events.services import finish_event, pause_replay_plan, resume_replay_plan, retry_event
from tests.events.replay_plans.making import (
    advance,
    carry_out,
    get_plan,
    make_dead_events,
    make_plan,
)
from tests.factories import ERROR, TENANT, bury, claim_event, replay_event
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "small_pages")


@pytest.mark.both_stores
def test_it_counts_what_became_of_the_events() -> None:
    dead = make_dead_events(5)
    plan = carry_out(make_plan())
    for event_id in dead[:2]:
        bury(claim_event(event_id, generation=2))
    for event_id in dead[2:]:
        finish_event(claim_event(event_id, generation=2), result_json=None)

    assert (plan.replayed, plan.unsettled) == (5, 5)
    plan = carry_out(plan)
    assert (plan.failed_again, plan.succeeded, plan.unsettled) == (2, 3, 0)
    assert plan.is_settled


def test_it_waits_for_an_event_that_is_tried_again() -> None:
    (event_id,) = make_dead_events(1)
    plan = carry_out(make_plan())
    claimed = claim_event(event_id, generation=2)
    retry_event(claimed, outcome=Outcome.FAILED, error=ERROR, wait_seconds=0)

    assert not carry_out(plan).is_settled
    finish_event(claim_event(event_id, generation=2), result_json=None)
    assert carry_out(plan).succeeded == 1


def test_it_settles_page_by_page_while_the_plan_goes_on() -> None:
    dead = make_dead_events(4)
    plan = make_plan(rate=1)
    advance(plan)
    advance(plan)
    advance(plan)
    for event_id in dead[:2]:
        finish_event(claim_event(event_id, generation=2), result_json=None)
    pause_replay_plan(plan.plan_id, tenant=TENANT, actor="ada")
    plan = carry_out(plan)

    assert (plan.succeeded, plan.replayed) == (2, 3)
    resume_replay_plan(plan.plan_id, tenant=TENANT, actor="ada")
    assert carry_out(plan).replayed == 4


def test_it_judges_its_own_generation_of_an_event_that_was_replayed_since() -> None:
    (event_id,) = make_dead_events(1)
    plan = carry_out(make_plan())
    bury(claim_event(event_id, generation=2))
    replay_event(event_id)

    assert carry_out(plan).failed_again == 1


def test_it_gives_up_on_an_event_that_waits_for_days(frozen_clock: FrozenClock) -> None:
    make_dead_events(1)
    frozen_clock.advance(seconds=1)
    plan = carry_out(make_plan())
    frozen_clock.advance(days=2)
    plan = carry_out(plan)

    assert (plan.is_settled, plan.unsettled) == (True, 1)


@pytest.mark.both_stores
def test_it_puts_a_settled_plan_where_no_worker_looks() -> None:
    plan = carry_out(make_plan())

    assert plan.is_settled
    assert queries.list_open_replay_plans() == []
    assert [each.plan_id for each in queries.list_replay_plans(tenant=TENANT)] == [plan.plan_id]
    assert get_plan(plan) == plan
