from collections.abc import Callable
from typing import Any

import pytest

from events.errors import StoreThrottled
from events.event import Status
from events.queries import EventFilter
from events.replay_plan import Page, PlanState, Skip
from events.services import abort_replay_plan, finish_event, pause_replay_plan, resume_replay_plan
from events.store import replay_pages, replay_plans
from tests.events.replay_plans.making import (
    advance,
    carry_out,
    get_plan,
    make_dead_events,
    make_plan,
)
from tests.factories import (
    TENANT,
    accept_event,
    bury,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    race,
    replay_event,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher", "small_pages")

Change = Callable[[str, FakeDynamoDB], None]
ChangeLater = Callable[[Change, str], None]


@pytest.mark.both_stores
def test_it_replays_each_event_once(dispatcher: FakeDispatcher) -> None:
    dead = make_dead_events(8)
    others = [accept_event(), make_succeeded_event(), make_dead_event(event_type="order.paid")]
    dispatcher.sent.clear()
    plan = carry_out(make_plan())

    assert (plan.state, plan.replayed, plan.examined) == (PlanState.COMPLETED, 8, 8)
    assert [(each.event_id, each.generation) for each in dispatcher.sent] == [
        (event_id, 2) for event_id in dead
    ]
    assert {get_event(each).generation for each in others} == {1}


@pytest.mark.both_stores
def test_it_says_on_each_event_who_replayed_it_and_why() -> None:
    event_id = make_dead_event()
    plan = carry_out(make_plan())

    (replay,) = get_event(event_id).replays
    assert (replay.actor, replay.reason, replay.plan_id) == ("ada", "bug fixed", plan.plan_id)


@pytest.mark.parametrize(
    "event_filter",
    [
        EventFilter(status=Status.DEAD),
        EventFilter(source="shop"),
        EventFilter(error_fingerprint="f" * 16),
    ],
)
def test_it_goes_along_any_index(event_filter: EventFilter) -> None:
    make_dead_events(5, source="shop")

    assert carry_out(make_plan(event_filter)).replayed == 5


def test_it_replays_at_its_rate() -> None:
    make_dead_events(4)
    plan = make_plan(rate=2)

    first = advance(plan)

    assert (first.replayed, first.wait_seconds) == (2, 1.0)


def test_it_replays_no_event_twice_that_dies_again() -> None:
    (event_id,) = make_dead_events(1)
    plan = make_plan(rate=1)
    advance(plan)
    bury(claim_event(event_id, generation=2))
    carry_out(plan)

    assert get_event(event_id).generation == 2
    assert get_plan(plan).replayed == 1


def test_it_leaves_alone_what_has_moved_since_it_was_made(frozen_clock: FrozenClock) -> None:
    moved, died_later = make_dead_event(), accept_event()
    frozen_clock.advance(seconds=1)
    plan = make_plan()
    frozen_clock.advance(seconds=1)
    replay_event(moved)
    bury(claim_event(moved, generation=2))
    bury(claim_event(died_later))

    plan = carry_out(plan)

    assert (plan.replayed, plan.skipped[Skip.CHANGED]) == (0, 2)


def reopen(event_id: str, _: FakeDynamoDB) -> None:
    replay_event(event_id)


def erase(event_id: str, dynamodb: FakeDynamoDB) -> None:
    item = next(each for each in dynamodb.events.items() if each["event_id"]["S"] == event_id)
    del item["payload"]
    dynamodb.events.put(item)


def expire(event_id: str, dynamodb: FakeDynamoDB) -> None:
    dynamodb.events.delete({"event_id": {"S": event_id}})


@pytest.fixture
def change_after_listing(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> ChangeLater:
    """Let something happen to an event between its being listed and its being replayed."""

    def change_later(change: Change, event_id: str) -> None:
        insert = replay_pages.insert

        def insert_and_change(*arguments: Any, **options: Any) -> Page:
            monkeypatch.setattr(replay_pages, "insert", insert)
            page = insert(*arguments, **options)
            change(event_id, dynamodb)
            return page

        monkeypatch.setattr(replay_pages, "insert", insert_and_change)

    return change_later


@pytest.mark.parametrize(
    ("change", "reason"), [(reopen, Skip.OPEN), (erase, Skip.ERASED), (expire, Skip.EXPIRED)]
)
def test_it_counts_why_it_leaves_an_event_alone(
    change: Change, reason: Skip, change_after_listing: ChangeLater
) -> None:
    changed, other = make_dead_events(2)
    plan = make_plan()
    change_after_listing(change, changed)

    plan = carry_out(plan)

    assert (plan.replayed, plan.skipped[reason], plan.examined) == (1, 1, 2)
    assert get_event(other).generation == 2


def test_it_rests_while_paused_and_goes_on_where_it_was() -> None:
    make_dead_events(4)
    plan = make_plan(rate=2)
    advance(plan)
    pause_replay_plan(plan.plan_id, tenant=TENANT, actor="eve")

    assert advance(plan).is_over
    assert (get_plan(plan).replayed, get_plan(plan).changed_by) == (2, "eve")
    resume_replay_plan(plan.plan_id, tenant=TENANT, actor="eve")
    assert carry_out(plan).replayed == 4


def test_it_replays_nothing_more_once_aborted(frozen_clock: FrozenClock) -> None:
    dead = make_dead_events(4)
    frozen_clock.advance(seconds=1)
    plan = make_plan(rate=2)
    advance(plan)
    abort_replay_plan(plan.plan_id, tenant=TENANT, actor="eve")
    for event_id in dead[:2]:
        finish_event(claim_event(event_id, generation=2), result_json=None)

    assert not carry_out(plan).is_settled
    frozen_clock.advance(minutes=1)
    plan = carry_out(plan)
    assert (plan.state, plan.replayed, plan.succeeded) == (PlanState.ABORTED, 2, 2)
    assert plan.is_settled


def test_it_does_a_step_again_that_the_store_did_not_take(dynamodb: FakeDynamoDB) -> None:
    make_dead_events(3)
    plan = make_plan()
    dynamodb.statements_to_throttle = 10_000

    with pytest.raises(StoreThrottled):
        advance(plan)
    dynamodb.statements_to_throttle = 0
    assert carry_out(plan).replayed == 3


def test_it_leaves_to_recovery_what_the_queue_does_not_take(dispatcher: FakeDispatcher) -> None:
    (event_id,) = make_dead_events(1)
    dispatcher.is_away = True

    assert carry_out(make_plan()).replayed == 1
    assert get_event(event_id).status is Status.PENDING


def test_it_knows_its_own_writes_whose_answers_were_lost(dynamodb: FakeDynamoDB) -> None:
    dead = make_dead_events(3)
    plan = make_plan()
    dynamodb.fail_next(*([None, Fault.LOSE_ANSWER] * 40))

    while not advance(plan).is_over:
        pass

    assert get_plan(plan).replayed == 3
    assert {get_event(each).generation for each in dead} == {2}


@pytest.mark.both_stores
def test_it_may_be_advanced_by_many_at_once(dispatcher: FakeDispatcher) -> None:
    dead = make_dead_events(30)
    dispatcher.sent.clear()
    plan = make_plan(rate=7)

    def work(_: int) -> None:
        while not advance(plan).is_over:
            pass

    race(work, runners=4)

    assert (get_plan(plan).replayed, get_plan(plan).examined) == (30, 30)
    assert sorted(each.event_id for each in dispatcher.sent) == sorted(dead)
    assert {len(get_event(each).replays) for each in dead} == {1}


def test_it_keeps_large_payloads_as_long_as_their_events(
    dynamodb: FakeDynamoDB, frozen_clock: FrozenClock
) -> None:
    make_dead_event(payload_json=f'{{"text": "{"x" * 5_000}"}}')
    frozen_clock.advance(days=20)
    carry_out(make_plan())

    assert len({item["expires_at"]["N"] for item in dynamodb.events.items()}) == 1


def test_it_passes_by_no_page_that_another_worker_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_dead_events(4)
    plan = make_plan(rate=4)
    read = replay_pages.read

    def read_before_the_other(_plan_id: str, _number: int) -> None:
        monkeypatch.setattr(replay_pages, "read", read)
        # The other worker replays the page, and dies before it has counted it.
        monkeypatch.setattr(replay_plans, "commit", lambda *_, **__: False)
        advance(plan)
        monkeypatch.setattr(replay_plans, "commit", commit)

    commit = replay_plans.commit
    monkeypatch.setattr(replay_pages, "read", read_before_the_other)
    advance(plan)

    assert (get_plan(plan).replayed, get_plan(plan).state) == (4, PlanState.RUNNING)
    assert carry_out(plan).replayed == 4
