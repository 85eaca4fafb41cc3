from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import queries
from events.errors import Retryable
from events.queries import EventFilter
from events.replay_plan import PlanState, ReplayPlan
from events.store import connection
from tests.events.replay_plans.making import (
    EVENT_TYPE,
    carry_out,
    get_plan,
    make_dead_events,
    make_plan,
)
from tests.events.replay_plans.mortal import Death, Mortality, mortality
from tests.factories import bury, claim_event, get_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "small_pages")

EVENTS = 7
# A worker that lives through so many calls has carried out the whole plan.
CALLS = 100
DEATHS = st.builds(Death, st.integers(1, CALLS), st.sampled_from([0.0, 0.4, 0.8, 1.0]))


def play(deaths: list[Death], *, dies_again: bool) -> tuple[ReplayPlan, list[str], Mortality]:
    """Carry a plan out with a worker for each death, and one that lives."""
    dead = make_dead_events(EVENTS)
    plan = make_plan(EventFilter(event_type=EVENT_TYPE), rate=3)
    with mortality() as mortal:
        for death in [*deaths, None]:
            with mortal.of(death):
                _persist(plan)
            if dies_again:
                _bury_again(dead)
    return plan, dead, mortal


def _persist(plan: ReplayPlan) -> None:
    """Carry a plan out as a worker does, however slow this machine is."""
    while True:
        with suppress(Retryable):
            carry_out(plan)
            return


def _bury_again(event_ids: list[str]) -> None:
    for event_id in event_ids:
        if get_event(event_id).status == "pending":
            bury(claim_event(event_id, generation=2))


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deaths=st.lists(DEATHS, max_size=6), dies_again=st.booleans())
def test_it_replays_each_event_once_wherever_workers_die(
    deaths: list[Death],
    *,
    dies_again: bool,
    dispatcher: FakeDispatcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "_client", FakeDynamoDB())
    dispatcher.sent.clear()
    plan, dead, _ = play(deaths, dies_again=dies_again)

    plan = get_plan(plan)
    assert (plan.state, plan.replayed, plan.examined) == (PlanState.COMPLETED, EVENTS, EVENTS)
    assert {(get_event(each).generation, len(get_event(each).replays)) for each in dead} == {(2, 1)}
    # What was not sent is pending in the open index, where recovery finds it.
    sent = Counter(each.event_id for each in dispatcher.sent if each.generation == 2)
    assert max(sent.values(), default=1) == 1


def test_it_has_tried_every_call(dispatcher: FakeDispatcher) -> None:
    _, _, mortal = play([], dies_again=False)

    assert len(dispatcher.sent) == 2 * EVENTS
    assert EVENTS < mortal.calls < CALLS


def test_it_counts_each_end_once_wherever_the_worker_dies_that_settles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for call in range(1, 15):
        monkeypatch.setattr(connection, "_client", FakeDynamoDB())
        plan, dead, _ = play([], dies_again=False)
        _bury_again(dead)
        with mortality() as mortal:
            for death in (Death(call, 0.0), Death(call, 1.0), None):
                with mortal.of(death):
                    _persist(plan)

        plan = get_plan(plan)
        assert (plan.failed_again, plan.is_settled) == (EVENTS, True)
        assert queries.list_open_replay_plans() == []
