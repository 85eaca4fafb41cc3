from collections.abc import Callable

import pytest

from events import services
from events.errors import ReplayPlanHasEnded, ReplayPlanNotFound, StoreUnavailable
from events.replay_plan import PlanState, ReplayPlan
from tests.events.replay_plans.making import carry_out, make_plan
from tests.factories import TENANT
from tests.fake_dynamodb import FakeDynamoDB, Fault

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

Change = Callable[..., ReplayPlan]
CHANGES = [services.pause_replay_plan, services.resume_replay_plan, services.abort_replay_plan]


def test_it_pauses_resumes_and_aborts() -> None:
    plan_id = make_plan().plan_id

    states = [
        change(plan_id, tenant=TENANT, actor="ada").state
        for change in CHANGES
        # Doing it once more changes nothing.
        for _ in range(2)
    ]

    paused, running, aborted = PlanState.PAUSED, PlanState.RUNNING, PlanState.ABORTED
    assert states == [paused, paused, running, running, aborted, aborted]


@pytest.mark.parametrize("change", CHANGES)
def test_it_does_not_change_what_has_ended(change: Change) -> None:
    plan = carry_out(make_plan())

    with pytest.raises(ReplayPlanHasEnded) as refused:
        change(plan.plan_id, tenant=TENANT, actor="ada")
    assert refused.value.members == {"state": "completed"}


@pytest.mark.parametrize("change", CHANGES)
def test_it_finds_no_plan_of_another_tenant(change: Change) -> None:
    plan = make_plan()

    with pytest.raises(ReplayPlanNotFound):
        change(plan.plan_id, tenant="globex", actor="ada")


def test_it_knows_its_own_change_whose_answer_was_lost(dynamodb: FakeDynamoDB) -> None:
    plan = make_plan()
    dynamodb.fail_next(None, Fault.LOSE_ANSWER)

    paused = services.pause_replay_plan(plan.plan_id, tenant=TENANT, actor="eve")

    assert (paused.state, paused.changed_by) == (PlanState.PAUSED, "eve")


def test_it_changes_nothing_while_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    plan = make_plan()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        services.pause_replay_plan(plan.plan_id, tenant=TENANT, actor="eve")
