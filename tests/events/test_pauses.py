from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings

from events import queries, services
from events.errors import (
    EventIsOpen,
    PauseNotFound,
    PausesEverything,
    QueueUnavailable,
    TooManyPauses,
)
from events.event import Acceptance, NewEvent, Status
from events.pause import PAUSES_MAXIMUM, Pause, Pauses, PauseState
from events.store import pauses
from tests.factories import (
    TENANT,
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    refusal_of,
    replay_event,
    retry,
)
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = [pytest.mark.both_stores, pytest.mark.usefixtures("store", "dispatcher")]

TYPE = "order.created"


def pause(
    *, tenant: str | None = TENANT, event_type: str | None = TYPE, reason: str = "shop is down"
) -> Pause:
    return services.pause_events(tenant=tenant, event_type=event_type, reason=reason, actor="ada")


def resume(paused: Pause, *, rate: int = 100) -> Pause:
    return services.resume_events(paused.pause_id, rate=rate, actor="bob")


def accept_in_a_batch() -> str:
    (accepted,) = services.accept_events(
        [NewEvent(event_type=TYPE, payload_json="{}")], tenant=TENANT
    )
    assert isinstance(accepted, Acceptance)
    return accepted.event_id


def waiting(paused: Pause) -> int:
    return queries.count_waiting(paused)[0]


@pytest.fixture
def not_heard_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let this process know of no pause, as others do for seconds."""

    def forget() -> None:
        monkeypatch.setattr(pauses, "_known", Pauses())

    return forget


class Worker:
    """What a worker does for paused events besides working on them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def recover(self) -> int:
        """Look at all shards once; return how many events were dispatched."""
        return sum(
            services.recover_shard(
                shard, horizon_microseconds=None, limit=100, executor=self._executor
            ).dispatched
            for shard in range(queries.get_shard_count())
        )

    def drain(self, paused: Pause) -> float | None:
        return services.drain_pause(paused.pause_id, executor=self._executor)

    def tend(self) -> int:
        return services.tend_parked_events(limit=100, executor=self._executor)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with ThreadPoolExecutor(2) as executor:
        yield Worker(executor)


def test_it_lets_accepted_events_wait(dispatcher: FakeDispatcher, worker: Worker) -> None:
    paused = pause()
    event_ids = [accept_event(), accept_in_a_batch()]

    assert dispatcher.sent == []
    assert worker.recover() == 0
    assert {get_event(each).status for each in event_ids} == {Status.PENDING}
    assert waiting(paused) == 2


def test_it_lets_a_message_go_whose_event_is_paused() -> None:
    event_id = accept_event()
    paused = pause()

    refusal = refusal_of(event_id)
    assert (refusal.reason, refusal.wait_seconds, refusal.is_dead) == (
        "the event is paused",
        None,
        False,
    )
    # Also if it is delivered once more, or under another message.
    assert refusal_of(event_id, message_id="message-2") == refusal
    event = get_event(event_id)
    assert (event.status, event.attempt_count, waiting(paused)) == (Status.PENDING, 0, 1)


def test_it_pauses_nobody_else() -> None:
    others = [
        accept_event(event_type="order.paid"),
        accept_event(tenant="globex"),
    ]
    pause()

    assert [claim_event(each).attempt_number for each in others] == [1, 1]


@pytest.mark.parametrize(
    ("tenant", "event_type", "is_paused"),
    [
        (TENANT, None, True),
        (None, TYPE, True),
        (TENANT, TYPE, True),
        (None, "order.paid", False),
        ("globex", None, False),
        ("globex", TYPE, False),
        (TENANT, "order", False),
    ],
)
def test_it_pauses_what_it_is_told_to(
    tenant: str | None, event_type: str | None, *, is_paused: bool
) -> None:
    event_id = accept_event()
    pause(tenant=tenant, event_type=event_type)

    taken = services.claim_event(
        event_id=event_id, generation=1, message_id="message-1", worker="worker-1"
    )
    assert isinstance(taken, services.Refusal) is is_paused
    assert (queries.find_pause(tenant=TENANT, event_type=TYPE) is not None) is is_paused


def test_it_lets_a_running_handler_finish() -> None:
    claimed = claim_event(accept_event())
    paused = pause()

    assert services.extend_lease(claimed)
    assert services.finish_event(claimed, result_json=None)
    assert waiting(paused) == 0


def test_it_lets_staff_end_an_event_that_waits() -> None:
    paused = pause()
    event_id = accept_event()

    services.mark_event_dead(event_id=event_id, actor="ada", reason="wrong")
    assert (get_event(event_id).status, waiting(paused)) == (Status.DEAD, 0)


def test_it_erases_nothing_that_waits() -> None:
    pause()
    event_id = accept_event()

    with pytest.raises(EventIsOpen):
        services.erase_payload(event_id=event_id, actor="ada")


def test_it_lets_a_retry_wait(frozen_clock: FrozenClock, worker: Worker) -> None:
    event_id = accept_event()
    claimed = claim_event(event_id)
    paused = pause()
    retry(claimed, wait_seconds=60)

    assert refusal_of(event_id).wait_seconds == 60
    frozen_clock.advance(seconds=60)
    assert refusal_of(event_id).reason == "the event is paused"
    assert (get_event(event_id).status, waiting(paused)) == (Status.RETRYING, 1)
    frozen_clock.advance(days=1)
    assert worker.recover() == 0


def test_it_lets_an_event_wait_whose_worker_vanished(
    frozen_clock: FrozenClock, worker: Worker
) -> None:
    event_id = accept_event()
    services.extend_lease(claim_event(event_id))
    paused = pause()
    frozen_clock.advance(seconds=settings.LEASE_SECONDS + settings.DISPATCH_DUE_SECONDS)

    assert worker.recover() == 0
    assert waiting(paused) == 1
    assert refusal_of(event_id).reason == "the event is paused"


def test_it_lets_a_delayed_event_wait_when_its_time_comes(
    frozen_clock: FrozenClock, worker: Worker
) -> None:
    accept_event(process_at=frozen_clock.now() + timedelta(hours=1))
    paused = pause()

    assert waiting(paused) == 0
    frozen_clock.advance(hours=1)
    assert worker.recover() == 0
    assert waiting(paused) == 1


def test_it_lets_a_replayed_event_wait(dispatcher: FakeDispatcher) -> None:
    event_id = make_dead_event()
    paused = pause()
    dispatcher.sent.clear()

    assert replay_event(event_id) == 2
    assert (dispatcher.sent, waiting(paused)) == ([], 1)


def test_it_dispatches_no_event_that_is_paused_elsewhere(
    not_heard_of: Callable[[], None], dispatcher: FakeDispatcher
) -> None:
    pause()
    not_heard_of()
    event_id = accept_event()

    assert [each.event_id for each in dispatcher.sent] == [event_id]
    # A worker that has not heard of it runs it; that is what a few seconds mean.
    assert claim_event(event_id).attempt_number == 1


def test_it_dispatches_what_waited_at_the_rate_of_its_resumption(
    dispatcher: FakeDispatcher, worker: Worker, frozen_clock: FrozenClock
) -> None:
    paused = pause()
    event_ids = []
    for _ in range(5):
        event_ids.append(accept_event())
        frozen_clock.advance(seconds=1)
    resumed = resume(paused, rate=2)

    assert (resumed.state, resumed.rate, resumed.resumed_by) == (PauseState.DRAINING, 2, "bob")
    assert worker.drain(paused) == 1.0
    assert {each.event_id for each in dispatcher.sent} == set(event_ids[:2])
    assert [worker.drain(paused), worker.drain(paused)] == [1.0, 0.5]
    assert [claim_event(each).attempt_number for each in event_ids] == [1] * 5
    assert waiting(paused) == 0


def test_it_ends_when_all_have_been_dispatched_and_everybody_has_heard(
    worker: Worker, frozen_clock: FrozenClock
) -> None:
    paused = resume(pause())

    assert worker.drain(paused) == 1.0
    frozen_clock.advance(seconds=10)
    assert worker.drain(paused) is None
    ended = queries.get_pause(paused.pause_id)
    assert (ended.state, ended.ended_at) == (PauseState.ENDED, frozen_clock.now())
    assert (ended.reason, ended.paused_by) == ("shop is down", "ada")
    assert queries.list_live_pauses() == []
    with pytest.raises(PauseNotFound):
        resume(paused)


def test_it_takes_new_events_as_ever_while_it_drains(dispatcher: FakeDispatcher) -> None:
    paused = pause()
    accept_event()
    resume(paused)

    event_id = accept_event()
    assert [each.event_id for each in dispatcher.sent] == [event_id]
    assert claim_event(event_id).attempt_number == 1


def test_it_rests_again_when_paused_while_it_drains(
    worker: Worker,
) -> None:
    first = pause()
    accept_event()
    resume(first)
    second = pause(reason="down again")

    assert worker.drain(first) is None
    assert (second.pause_id, second.state) == (first.pause_id, PauseState.PAUSED)
    assert (second.reason, waiting(second)) == ("down again", 1)


def test_it_goes_on_waiting_for_another_pause(worker: Worker, dispatcher: FakeDispatcher) -> None:
    one, other = pause(), pause(event_type=None)
    event_id = accept_event()
    for paused in (one, other):
        if waiting(paused):
            worker.drain(resume(paused))

    assert dispatcher.sent == []
    assert waiting(one) + waiting(other) == 1
    assert refusal_of(event_id).reason == "the event is paused"


def test_it_leaves_it_to_recovery_when_the_queue_is_away_while_it_drains(
    worker: Worker, dispatcher: FakeDispatcher, frozen_clock: FrozenClock
) -> None:
    paused = pause()
    accept_event()
    resume(paused)
    dispatcher.is_away = True
    with pytest.raises(QueueUnavailable):
        worker.drain(paused)

    dispatcher.is_away = False
    frozen_clock.advance(seconds=settings.DISPATCH_DUE_SECONDS)
    assert worker.recover() == 1


def test_it_finds_what_somebody_let_wait_for_a_pause_that_has_ended(
    worker: Worker,
    frozen_clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused = pause()
    as_known = pauses.known_pauses()
    resume(paused)
    frozen_clock.advance(seconds=10)
    worker.drain(paused)
    other = pause(event_type="order.paid")
    kept = accept_event(event_type="order.paid")
    monkeypatch.setattr(pauses, "_known", as_known)
    stray = accept_event()
    pauses.forget_known()

    assert worker.tend() == 1
    assert claim_event(stray).attempt_number == 1
    assert (waiting(other), get_event(kept).status) == (1, Status.PENDING)
    assert worker.tend() == 0


def test_it_keeps_events_that_wait_for_longer_than_events_are_kept(
    worker: Worker, frozen_clock: FrozenClock
) -> None:
    paused = pause()
    event_id = accept_event()
    large = accept_event(payload_json=f'"{"x" * 5_000}"')
    for _ in range(20):
        frozen_clock.advance(days=3)
        assert worker.tend() == 0

    assert waiting(paused) == 2
    resume(paused)
    assert claim_event(event_id).attempt_number == 1
    assert len(claim_event(large).payload_json or "") > 5_000


def test_it_is_the_same_pause_when_it_comes_again() -> None:
    first = pause()
    second = services.pause_events(tenant=TENANT, event_type=TYPE, reason="why", actor="eve")

    assert second == first
    assert [each.pause_id for each in queries.list_pauses()] == [first.pause_id]


def test_it_changes_the_rate_when_resumed_again() -> None:
    paused = pause()
    resume(paused, rate=1)

    assert resume(paused, rate=7).rate == 7


def test_it_pauses_not_everything() -> None:
    with pytest.raises(PausesEverything):
        pause(tenant=None, event_type=None)

    assert queries.list_pauses() == []


def test_it_has_so_many_pauses_at_most() -> None:
    for number in range(PAUSES_MAXIMUM):
        pause(event_type=f"type.{number}")

    with pytest.raises(TooManyPauses):
        pause()
    event_id = accept_event()
    assert claim_event(event_id).attempt_number == 1


def test_it_shows_the_newest_pauses_first(frozen_clock: FrozenClock) -> None:
    first = pause()
    frozen_clock.advance(seconds=1)
    second = pause(event_type=None)

    assert queries.list_pauses() == [second, first]
    assert sorted(map(str, queries.list_known_pauses())) == ["acme/*", "acme/order.created"]


def test_it_explains_why_an_event_waits() -> None:
    paused = pause()
    event_id = accept_event()

    explanation = queries.explain_event(event_id, tenant=TENANT)
    assert explanation.reason == "paused"
    assert "ada paused its event type" in explanation.sentence
    assert "shop is down" in explanation.sentence
    resume(paused)
    assert queries.explain_event(event_id, tenant=TENANT).sentence.startswith("Its pause is over")
