import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from pytest_django import Settings

from events import clock, queries, services
from events.errors import Retryable
from events.replay_plan import PlanState, ReplayPlan
from tasks.replay_plans import ReplayPlans
from tests.events.replay_plans.making import get_plan, make_dead_events, make_plan
from tests.factories import TENANT, get_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher
from tests.processes import eventually
from tests.tasks.conftest import FakeHorizon, Look

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


@pytest.fixture
def as_worker(settings: Settings) -> Callable[[str], ReplayPlans]:
    def make(name: str) -> ReplayPlans:
        settings.WORKER_NAME = name
        return ReplayPlans()

    return make


def test_it_carries_out_the_plans_of_all_tenants(look: Look) -> None:
    make_dead_events(3)
    make_dead_events(2, tenant="globex")
    plans = [make_plan(rate=1_000), make_plan(rate=1_000, tenant="globex")]
    look(ReplayPlans())

    assert [get_plan(each).replayed for each in plans] == [3, 2]
    assert {get_plan(each).state for each in plans} == {PlanState.COMPLETED}


def test_it_holds_back_while_the_queue_is_behind(look: Look, horizon: FakeHorizon) -> None:
    make_dead_events(1)
    plan = make_plan()
    horizon.microseconds = clock.now_microseconds() - 60_000_000
    look(ReplayPlans())

    assert get_plan(plan).replayed == 0
    horizon.microseconds = clock.now_microseconds()
    look(ReplayPlans())
    assert get_plan(plan).replayed == 1


def test_it_knows_nothing_of_the_queue_before_its_first_poll(
    look: Look, horizon: FakeHorizon
) -> None:
    make_dead_events(1)
    horizon.microseconds = 0
    plan = make_plan()
    look(ReplayPlans())

    assert get_plan(plan).replayed == 0


def test_it_leaves_a_plan_to_the_worker_that_has_it(
    look: Look, as_worker: Callable[[str], ReplayPlans]
) -> None:
    make_dead_events(1)
    plan = make_plan()
    services.acquire_lease(f"replay-plan/{plan.plan_id}", "other", 60)
    look(as_worker("worker"))

    assert get_plan(plan).replayed == 0
    services.release_lease(f"replay-plan/{plan.plan_id}", "other")
    look(as_worker("worker"))
    assert get_plan(plan).replayed == 1


def test_it_stops_between_two_pages(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dead_events(4)
    plan = make_plan(rate=2)
    worker = ReplayPlans()
    advance = services.advance_replay_plan

    def advance_and_stop(plan_id: str, *, tenant: str) -> services.Advance:
        worker.stop()
        return advance(plan_id, tenant=tenant)

    monkeypatch.setattr(services, "advance_replay_plan", advance_and_stop)
    look(worker)

    assert get_plan(plan).replayed == 2


def test_it_outlives_the_store(look: Look, dynamodb: FakeDynamoDB) -> None:
    make_dead_events(1)
    plan = make_plan()
    worker = ReplayPlans()
    dynamodb.is_away = True
    look(worker)
    dynamodb.is_away = False
    look(worker)

    assert get_plan(plan).replayed == 1


def test_it_settles_what_has_ended(look: Look) -> None:
    plan = make_plan()
    look(ReplayPlans())

    assert get_plan(plan).is_settled
    assert queries.list_open_replay_plans() == []


def test_it_leaves_a_paused_plan_alone(look: Look, dynamodb: FakeDynamoDB) -> None:
    plan = make_plan()
    services.pause_replay_plan(plan.plan_id, tenant=TENANT, actor="ada")
    dynamodb.calls.clear()
    look(ReplayPlans())

    assert dict(dynamodb.calls) == {"query": 1}


def _looks_done(worker: ReplayPlans, executor: ThreadPoolExecutor, plan: ReplayPlan) -> bool:
    """Look once more; a machine that is slow may take several looks."""
    worker.look(executor)
    with suppress(Retryable):
        return get_plan(plan).state.has_ended
    return False


def test_it_carries_out_each_plan_once_among_many_workers(
    horizon: FakeHorizon,  # noqa: ARG001  # nothing is queued
    dispatcher: FakeDispatcher,
) -> None:
    dead = make_dead_events(20)
    dispatcher.sent.clear()
    plan = make_plan(rate=1_000)
    barrier = threading.Barrier(4)

    def work(_: int) -> None:
        worker = ReplayPlans()
        with ThreadPoolExecutor() as executor:
            barrier.wait(20)
            eventually(lambda: _looks_done(worker, executor, plan), "the plan ends")

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert get_plan(plan).replayed == 20
    assert sorted(each.event_id for each in dispatcher.sent) == sorted(dead)
    assert {get_event(each).generation for each in dead} == {2}
