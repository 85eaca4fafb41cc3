from datetime import timedelta

from events import queries
from tests.models import behaviours
from tests.models.actors import Actor
from tests.models.seams import new_world
from tests.models.settling import settle
from tests.models.world import DEAD_LETTERS, HANDLER, TENANT, WORK, World

LARGE = f'"{"x" * 5_000}"'


def _let_everything_expire(world: World) -> None:
    while world.expired():
        world.delete_expired(0)


def _work_up_to_the_handler(world: World) -> Actor:
    worker = world.deliver(world.queue.visible(WORK)[0])
    while worker.place != HANDLER:
        world.go_on(worker)
    return worker


def test_it_takes_seven_write_units_for_a_small_event() -> None:
    with new_world() as world:
        world.run(world.accept())
        settle(world)

        assert world.store.events.units == 7


def test_it_keeps_a_large_payload_for_an_event_that_waits_longer_than_the_retention() -> None:
    with new_world() as world:
        world.run(world.accept(payload_json=LARGE, behaviour=behaviours.wait(40 * 86_400)))
        world.run(world.deliver(world.queue.visible(WORK)[0]))
        world.pass_days(39)
        _let_everything_expire(world)

        settle(world)


def test_it_keeps_a_large_payload_when_the_event_is_posted_again() -> None:
    with new_world() as world:
        in_sixty_days = world.time.now() + timedelta(days=60)
        for process_at in (in_sixty_days, None):
            world.run(
                world.accept(payload_json=LARGE, idempotency_key="key", process_at=process_at)
            )
        world.pass_days(59)
        _let_everything_expire(world)

        settle(world)


def test_it_leaves_a_dead_letter_though_a_stalled_attempt_deleted_the_message() -> None:
    with new_world() as world:
        world.queue.honours_old_receipts = True
        world.run(world.accept())
        stalled = _work_up_to_the_handler(world)
        world.pass_time(30, stands_still=True)
        second = _work_up_to_the_handler(world)
        world.go_on(second, behaviours.give_up)
        world.go_on(second)
        world.vanish(second)
        world.run(stalled)

        settle(world)


def test_it_numbers_attempts_rightly_though_the_clocks_of_hosts_differ() -> None:
    with new_world() as world:
        world.run(world.accept(behaviour=behaviours.give_up))
        for skew_microseconds in (500_000, -500_000):
            world.run(
                world.deliver(world.queue.visible(WORK)[0], skew_microseconds=skew_microseconds)
            )
            world.redrive(world.queue.present(DEAD_LETTERS)[0])
            world.run(world.deliver(world.queue.visible(WORK)[0]))
        settle(world)

        (event_id,) = world.ledger.accepted
        attempts = queries.get_event(event_id, tenant=TENANT).attempts
        assert [(each.generation, each.number) for each in attempts] == [(1, 1), (2, 1), (3, 1)]
