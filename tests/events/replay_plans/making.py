"""Replay plans for tests, made and carried out the way the platform does it."""

from typing import Any

from events import queries, services
from events.queries import EventFilter
from events.replay_plan import ReplayPlan
from tests.factories import TENANT, make_dead_event

EVENT_TYPE = "order.created"


def make_dead_events(count: int, **fields: Any) -> list[str]:
    return [make_dead_event(**fields) for _ in range(count)]


def make_plan(event_filter: EventFilter | None = None, **options: Any) -> ReplayPlan:
    defaults: dict[str, Any] = {"tenant": TENANT, "reason": "bug fixed", "actor": "ada", "rate": 3}
    meant = event_filter or EventFilter(event_type=EVENT_TYPE)
    return services.make_replay_plan(event_filter=meant, **defaults | options)


def advance(plan: ReplayPlan) -> services.Advance:
    return services.advance_replay_plan(plan.plan_id, tenant=plan.tenant)


def carry_out(plan: ReplayPlan) -> ReplayPlan:
    """Do all of a plan that can be done now, and return it as it is then."""
    while not advance(plan).is_over:
        pass
    services.settle_replay_plan(plan.plan_id, tenant=plan.tenant)
    return get_plan(plan)


def get_plan(plan: ReplayPlan) -> ReplayPlan:
    return queries.get_replay_plan(plan.plan_id, tenant=plan.tenant)
