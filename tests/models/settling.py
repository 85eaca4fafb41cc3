"""The end of every course: all is healed, and whatever was promised must come true."""

import json
import math

from events.pause import PauseState
from tasks.dispatch import PROCESS_TASK
from tests.models.fake_sqs import StoredMessage
from tests.models.world import DEAD_LETTERS, WORK, World

_ROUNDS = 200


def settle(world: World) -> None:
    """Let recovery and workers go on until nothing is left to do, and check the outcome."""
    world.dynamodb.is_away = world.sqs.is_away = False
    for actor in list(world.actors):
        world.run(actor)
    for _ in range(_ROUNDS):
        world.queue.set_aside()
        for message in world.queue.visible(WORK):
            world.run(world.deliver(message))
        world.run(world.sweep())
        _end_pauses(world)
        if not (_unsettled_messages(world) or world.ledger.open_ids or world.pauses):
            _check(world)
            return
        _wait_for_next(world)
        world.run(world.recover())
    raise AssertionError(f"never quiet: {world.ledger.open_ids}, {_unsettled_messages(world)}")


def _end_pauses(world: World) -> None:
    for pause in world.pauses:
        if pause.state is PauseState.PAUSED:
            world.run(world.resume(pause))
        world.run(world.drain(pause))
    if world.ledger.has_parked:
        world.run(world.tend())


def _check(world: World) -> None:
    lost = world.ledger.accepted - world.ledger.images.keys()
    assert not lost
    letters = {_arguments(each) for each in world.queue.present(DEAD_LETTERS)}
    unheard = world.ledger.deaths - letters - world.letters_forgotten
    assert not unheard, f"{unheard} left no dead letter"


def _wait_for_next(world: World) -> None:
    """Let time pass until a message or an entry of the open index is due."""
    due = [each.visible_at for each in _unsettled_messages(world)] + world.ledger.due_times
    # A pause ends when everybody has heard of it.
    soonest = world.time.time() + 10 if world.pauses else math.inf
    world.pass_time(max(1.0, min([*due, soonest]) + 1 - world.time.time()))


def _unsettled_messages(world: World) -> list[StoredMessage]:
    letters = world.queue.present(DEAD_LETTERS)
    return [*world.queue.present(WORK), *(each for each in letters if _task(each) == PROCESS_TASK)]


def _task(message: StoredMessage) -> str:
    return str(json.loads(message.body)["headers"]["task"])


def _arguments(message: StoredMessage) -> tuple[str, int]:
    (event_id, generation), _, _ = json.loads(json.loads(message.body)["body"])
    return str(event_id), int(generation)
