import pytest

from events import clock, queries, services
from events.pause import Pause, PauseState
from tasks.drains import Drains
from tests.factories import TENANT, accept_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher, FrozenClock
from tests.tasks.conftest import FakeHorizon, Look

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def pause(event_type: str | None = None) -> Pause:
    return services.pause_events(
        tenant=TENANT, event_type=event_type, reason="shop is down", actor="ada"
    )


def resume(paused: Pause, *, rate: int = 1_000) -> None:
    services.resume_events(paused.pause_id, rate=rate, actor="bob")


@pytest.fixture
def in_time(frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute pass with each step, so that a pause is over as soon as nothing waits."""
    step = services.drain_pause

    def step_and_pass(*arguments: object, **options: object) -> float | None:
        pace_seconds = step(*arguments, **options)  # type: ignore[arg-type]
        frozen_clock.advance(seconds=60)
        return pace_seconds and 0.0

    monkeypatch.setattr(services, "drain_pause", step_and_pass)


@pytest.mark.usefixtures("in_time")
def test_it_dispatches_all_that_waited_and_ends_the_pause(
    look: Look, dispatcher: FakeDispatcher
) -> None:
    paused = pause()
    event_ids = [accept_event() for _ in range(3)]
    resume(paused)
    look(Drains())

    assert sorted(each.event_id for each in dispatcher.sent) == sorted(event_ids)
    assert queries.get_pause(paused.pause_id).state is PauseState.ENDED


@pytest.mark.usefixtures("in_time")
def test_it_drains_each_pause_that_was_resumed(look: Look, dispatcher: FakeDispatcher) -> None:
    one, other, third = pause("order.created"), pause("order.paid"), pause("order.sent")
    for event_type in ("order.created", "order.paid", "order.sent"):
        accept_event(event_type=event_type)
    resume(one)
    resume(other)
    look(Drains())

    assert len(dispatcher.sent) == 2
    assert [each.pause_id for each in queries.list_live_pauses()] == [third.pause_id]


def test_it_leaves_alone_what_is_paused(look: Look, dispatcher: FakeDispatcher) -> None:
    paused = pause()
    accept_event()
    look(Drains())

    assert dispatcher.sent == []
    assert queries.get_pause(paused.pause_id).state is PauseState.PAUSED


def test_it_stops_when_the_pause_comes_back(
    look: Look, dispatcher: FakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = pause()
    for _ in range(3):
        accept_event()
    resume(paused, rate=1)
    step = services.drain_pause

    def step_and_pause(*arguments: object, **options: object) -> float | None:
        pace_seconds = step(*arguments, **options)  # type: ignore[arg-type]
        pause()
        return pace_seconds and 0.0

    monkeypatch.setattr(services, "drain_pause", step_and_pause)
    look(Drains())

    assert len(dispatcher.sent) == 1
    assert queries.count_waiting(paused) == (2, True)


def test_it_holds_back_while_the_queue_is_behind(
    look: Look, horizon: FakeHorizon, dispatcher: FakeDispatcher
) -> None:
    paused = pause()
    accept_event()
    resume(paused)
    horizon.microseconds = clock.now_microseconds() - 60_000_000
    look(Drains())

    assert dispatcher.sent == []


@pytest.mark.usefixtures("in_time")
def test_it_goes_on_when_the_store_was_away(
    look: Look, dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    paused = pause()
    accept_event()
    resume(paused)
    worker = Drains()
    dynamodb.is_away = True
    look(worker)
    dynamodb.is_away = False
    look(worker)

    assert len(dispatcher.sent) == 1


@pytest.mark.usefixtures("in_time")
def test_another_worker_goes_on_where_one_was_stopped(
    look: Look, dispatcher: FakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = pause()
    for _ in range(3):
        accept_event()
    resume(paused, rate=1)
    stopped = Drains()
    step = services.drain_pause

    def step_and_stop(*arguments: object, **options: object) -> float | None:
        stopped.stop()
        return step(*arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(services, "drain_pause", step_and_stop)
        look(stopped)

    assert len(dispatcher.sent) == 1
    look(Drains())
    assert len({each.event_id for each in dispatcher.sent}) == len(dispatcher.sent) == 3
