"""Replay plans, carried out by whichever workers there are."""

from collections.abc import Mapping

from celery.signals import worker_ready, worker_shutting_down

from events import queries, services
from events.replay_plan import PlanState, ReplayPlan
from tasks.errands import Errands


class ReplayPlans(Errands[ReplayPlan]):
    """Replays page after page of each plan, and counts what became of them."""

    kind = "replay-plan"

    def find(self) -> Mapping[str, ReplayPlan]:
        plans = queries.list_open_replay_plans()
        return {each.plan_id: each for each in plans if not _is_idle(each)}

    def advance(self, errand: ReplayPlan) -> float | None:
        advance = services.advance_replay_plan(errand.plan_id, tenant=errand.tenant)
        return None if advance.is_over else advance.wait_seconds

    def settle(self, errand: ReplayPlan) -> None:
        services.settle_replay_plan(errand.plan_id, tenant=errand.tenant)


def _is_idle(plan: ReplayPlan) -> bool:
    return plan.state is PlanState.PAUSED and plan.settled_pages == plan.pages


replay_plans = ReplayPlans()


@worker_ready.connect(weak=False)
def _start(**_: object) -> None:
    replay_plans.start()


@worker_shutting_down.connect(weak=False)
def _stop(**_: object) -> None:
    replay_plans.stop()
