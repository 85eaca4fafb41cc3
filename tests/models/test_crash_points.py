from collections.abc import Callable, Iterator
from typing import Any

import pytest

from events.event import Acceptance
from events.pause import Pause
from tests.models import behaviours
from tests.models.actors import Actor, Fault
from tests.models.behaviours import Behaviour
from tests.models.seams import new_world
from tests.models.settling import settle
from tests.models.world import DEAD_LETTERS, HANDLER, WORK, World

# Prepares a world and returns the actor to be tried, stopped before its first call.
Scene = Callable[[World], Actor]

LARGE = f'"{"x" * 5_000}"'
DAY_SECONDS = 86_400


def _accept(world: World, **fields: Any) -> str:
    acceptance = world.run(world.accept(**fields)).result
    assert isinstance(acceptance, Acceptance)
    return acceptance.event_id


def _work(world: World) -> Actor:
    return world.deliver(world.queue.visible(WORK)[0])


def _make_dead(world: World, **fields: Any) -> str:
    event_id = _accept(world, **fields)
    world.behaviours[event_id] = behaviours.give_up
    settle(world)
    world.behaviours[event_id] = behaviours.succeed
    return event_id


def accepting(**fields: Any) -> Scene:
    return lambda world: world.accept(**fields)


def accepting_again(world: World) -> Actor:
    _accept(world, idempotency_key="key")
    return world.accept(idempotency_key="key")


def accepting_after_expiry(world: World) -> Actor:
    _accept(world, idempotency_key="key")
    settle(world)
    world.pass_time(31 * DAY_SECONDS)
    return world.accept(idempotency_key="key", payload_json=LARGE)


def processing(behaviour: Behaviour, **fields: Any) -> Scene:
    def scene(world: World) -> Actor:
        world.behaviours[_accept(world, **fields)] = behaviour
        return _work(world)

    return scene


def processing_the_last_attempt(world: World) -> Actor:
    world.behaviours[_accept(world)] = behaviours.fail
    for _ in range(2):
        world.run(_work(world))
        world.pass_time(60)
    return _work(world)


def processing_after_all_attempts_vanished(world: World) -> Actor:
    _accept(world)
    for _ in range(3):
        worker = _work(world)
        while worker.place != HANDLER:
            world.go_on(worker)
        world.vanish(worker)
        world.pass_time(30)
    return _work(world)


def processing_a_dead_event(world: World) -> Actor:
    _make_dead(world)
    return world.deliver(world.queue.queues[WORK][0])


def replaying(world: World) -> Actor:
    return world.replay(_make_dead(world, payload_json=LARGE))


def redriving(world: World) -> Actor:
    _make_dead(world)
    world.redrive(world.queue.present(DEAD_LETTERS)[0])
    return _work(world)


def recovering(world: World) -> Actor:
    for _ in range(3):
        _accept(world)
    world.queue.forget_all()
    world.pass_time(60)
    return world.recover()


def sweeping(world: World) -> Actor:
    _accept(world)
    message = world.queue.visible(WORK)[0]
    world.queue.move(message, WORK, DEAD_LETTERS)
    return world.sweep()


def _pause(world: World) -> Pause:
    """Let everybody hear of a pause."""
    world.run(world.pause())
    world.pass_time(3)
    return world.pauses[0]


def pausing(world: World) -> Actor:
    _accept(world)
    return world.pause()


def accepting_while_paused(world: World) -> Actor:
    _pause(world)
    return world.accept()


def processing_while_paused(world: World) -> Actor:
    _accept(world)
    _pause(world)
    return _work(world)


def processing_while_another_tenant_is_paused(world: World) -> Actor:
    _accept(world)
    world.run(world.pause(tenant="another"))
    world.pass_time(3)
    return _work(world)


def replaying_while_paused(world: World) -> Actor:
    event_id = _make_dead(world)
    _pause(world)
    return world.replay(event_id)


def recovering_while_paused(world: World) -> Actor:
    _accept(world)
    _accept(world)
    world.queue.forget_all()
    _pause(world)
    world.pass_time(60)
    return world.recover()


def resuming(world: World) -> Actor:
    accepting_while_paused(world)
    world.run(world.actors[0])
    return world.resume(world.pauses[0])


def draining(world: World) -> Actor:
    pause = _pause(world)
    for _ in range(3):
        _accept(world)
    world.run(world.resume(pause))
    return world.drain(pause)


def ending_a_pause(world: World) -> Actor:
    pause = _pause(world)
    world.run(world.resume(pause))
    world.pass_time(60)
    return world.drain(pause)


def tending_what_waits_for_days(world: World) -> Actor:
    _pause(world)
    _accept(world, payload_json=LARGE)
    world.pass_time(26 * DAY_SECONDS)
    return world.tend()


def tending_what_waits_for_nothing(world: World) -> Actor:
    pause = _pause(world)
    straggler = world.accept()
    while straggler.place != "dynamodb.batch_execute_statement":
        world.go_on(straggler)
    world.run(world.resume(pause))
    world.pass_time(60)
    world.run(world.drain(pause))
    assert not world.pauses
    world.run(straggler)
    world.pass_time(3)
    return world.tend()


SCENES: dict[str, Scene] = {
    "accept": accepting(),
    "accept a large payload": accepting(payload_json=LARGE),
    "accept with a key": accepting(idempotency_key="key"),
    "accept again": accepting_again,
    "accept after expiry": accepting_after_expiry,
    "succeed": processing(behaviours.succeed),
    "succeed with a large payload": processing(behaviours.succeed, payload_json=LARGE),
    "retry": processing(behaviours.fail_once),
    "retry after hours": processing(behaviours.wait(7_200)),
    "retry by Celery": processing(behaviours.ask_celery_to_retry),
    "give up": processing(behaviours.give_up),
    "fail for the last time": processing_the_last_attempt,
    "find all attempts vanished": processing_after_all_attempts_vanished,
    "copy a dead letter again": processing_a_dead_event,
    "replay": replaying,
    "redrive": redriving,
    "recover": recovering,
    "sweep": sweeping,
    "pause": pausing,
    "accept while paused": accepting_while_paused,
    "process while paused": processing_while_paused,
    "process while another tenant is paused": processing_while_another_tenant_is_paused,
    "replay while paused": replaying_while_paused,
    "recover while paused": recovering_while_paused,
    "resume": resuming,
    "drain": draining,
    "end a pause": ending_a_pause,
    "tend what waits for days": tending_what_waits_for_days,
    "tend what waits for nothing": tending_what_waits_for_nothing,
}


def play(scene: Scene, *, faults: dict[int, Fault]) -> tuple[int, World]:
    """Run a scene to its end with a fault at some of its calls; return how many it made."""
    with new_world() as world:
        actor = scene(world)
        calls = 0
        while not actor.is_done:
            is_call = actor.place != HANDLER
            calls += is_call
            world.go_on(actor, faults.get(calls) if is_call else None)
        settle(world)
    return calls, world


def points(scene: Scene) -> Iterator[int]:
    calls, _ = play(scene, faults={})
    assert calls
    return iter(range(1, calls + 1))


@pytest.mark.parametrize("fault", [Fault.VANISH_BEFORE, Fault.VANISH_AFTER])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_it_recovers_from_a_process_that_vanishes_at_any_call(scene: Scene, fault: Fault) -> None:
    for point in points(scene):
        play(scene, faults={point: fault})


@pytest.mark.parametrize("fault", [Fault.AWAY, Fault.THROTTLED])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_it_recovers_from_a_fault_at_any_call(scene: Scene, fault: Fault) -> None:
    for point in points(scene):
        play(scene, faults={point: fault})


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_it_needs_no_extra_attempt_when_an_answer_is_lost(scene: Scene) -> None:
    _, clean = play(scene, faults={})
    for point in points(scene):
        _, world = play(scene, faults={point: Fault.LOST})
        # A client that heard of no acceptance has to ask again.
        assert world.ledger.runs <= clean.ledger.runs, point
        assert world.ledger.attempt_count <= clean.ledger.attempt_count, point
