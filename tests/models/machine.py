"""The state machine: everything that may happen, in any order."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from events.errors import EventError
from events.pause import Pause
from events.registry import get_handler
from tasks import outcomes
from tests.models import behaviours
from tests.models.actors import Actor, Fault
from tests.models.behaviours import Behaviour
from tests.models.seams import new_world
from tests.models.settling import settle
from tests.models.world import DEAD_LETTERS, EVENT_TYPE, HANDLER, TENANT, WORK, World

PAYLOADS = {"small": "{}", "other": '{"a": 1}', "large": f'"{"x" * 5_000}"'}
BEHAVIOURS = [
    behaviours.succeed,
    behaviours.fail,
    behaviours.give_up,
    behaviours.wait(5),
    behaviours.wait(7_200),
    behaviours.wait(40 * 86_400),
    behaviours.ask_celery_to_retry,
    behaviours.ask_whether_owned,
]
# Four calls of a group commit may be under way at once, and the world makes some itself.
MOST_ACTORS = 3

# More would only keep the machine from the depths of each.
MOST_EVENTS = 4
MOST_PAUSES = 2
PAUSED = [(TENANT, EVENT_TYPE), (TENANT, None), ("another", EVENT_TYPE)]

# Whatever there is to choose from: the number is taken modulo how many there are.
choices = st.integers(0, 99)
skews = st.sampled_from([0, 0, 0, -500_000, 500_000])
# Whether others may come between two calls of an actor.
paces = st.sampled_from(["at once", "at once", "step by step"])


class Platform(RuleBasedStateMachine):
    """Clients, workers, recovery, operators and misfortune."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = new_world()
        self.world: World = self._opened.__enter__()

    def teardown(self) -> None:
        try:
            settle(self.world)
        finally:
            self._opened.__exit__(None, None, None)

    @property
    def has_room(self) -> bool:
        return len(self.world.actors) < MOST_ACTORS

    @rule(
        key=st.sampled_from([None, None, "a", "b"]),
        payload=st.sampled_from(sorted(PAYLOADS)),
        delay_seconds=st.sampled_from([None, None, None, -5, 20, 7_200]),
        behaviour=st.sampled_from(BEHAVIOURS[:-1]),
        pace=paces,
        skew=skews,
    )
    @precondition(lambda self: self.has_room and len(self.world.ledger.images) < MOST_EVENTS)
    def accept(
        self,
        *,
        key: str | None,
        payload: str,
        delay_seconds: int | None,
        behaviour: Behaviour,
        pace: str,
        skew: int,
    ) -> None:
        delay = None if delay_seconds is None else timedelta(seconds=delay_seconds)
        client = self.world.accept(
            behaviour=behaviour,
            idempotency_key=key,
            payload_json=PAYLOADS[payload],
            process_at=delay and self.world.time.now() + delay,
            skew_microseconds=skew,
        )
        self._go_on(client, pace)

    @rule(choice=choices, pace=paces, skew=skews)
    @precondition(lambda self: self.has_room and self.world.queue.visible(WORK))
    def deliver(self, *, choice: int, pace: str, skew: int) -> None:
        self.world.queue.set_aside()
        visible = self.world.queue.visible(WORK)
        if visible:
            message = visible[choice % len(visible)]
            self._go_on(self.world.deliver(message, skew_microseconds=skew), pace)

    @rule(choice=choices, pace=paces, skew=skews)
    @precondition(lambda self: self.has_room and self.world.queue.queues[WORK])
    def deliver_again(self, *, choice: int, pace: str, skew: int) -> None:
        """Deliver a message that another worker has in hand, or that was deleted."""
        messages = self.world.queue.queues[WORK]
        message = messages[choice % len(messages)]
        self._go_on(self.world.deliver(message, skew_microseconds=skew), pace)

    @rule(choice=choices, fault=st.sampled_from([None, None, *Fault]))
    @precondition(lambda self: self.world.actors)
    def take_a_step(self, *, choice: int, fault: Fault | None) -> None:
        self.world.go_on(self._actor(choice), fault)

    @rule(choice=choices)
    @precondition(lambda self: self.world.actors)
    def take_many_steps(self, *, choice: int) -> None:
        """Let somebody go on to the handler or to the end."""
        actor = self._actor(choice)
        self.world.go_on(actor)
        self._go_on(actor, "at once")

    @rule(choice=choices, behaviour=st.sampled_from(BEHAVIOURS))
    @precondition(lambda self: self._handling())
    def end_a_handler(self, *, choice: int, behaviour: Behaviour) -> None:
        handling = self._handling()
        self.world.go_on(handling[choice % len(handling)], behaviour)

    @rule(choice=choices, returns=st.booleans())
    @precondition(lambda self: self._handling())
    def give_up_a_handler(self, *, choice: int, returns: bool) -> None:
        """Pass the hard time limit, from outside; the handler may return after all."""
        handling = self._handling()
        actor = handling[choice % len(handling)]
        with suppress(EventError):
            outcomes.fail(actor.holding, get_handler(EVENT_TYPE), TimeoutError("hung"))
        self._end(actor, returns=returns)

    @rule(choice=choices)
    @precondition(lambda self: self._handling())
    def stop_a_worker(self, *, choice: int) -> None:
        """Hand a running handler's event back and end the process."""
        handling = self._handling()
        actor = handling[choice % len(handling)]
        with suppress(EventError):
            outcomes.postpone(actor.holding, TimeoutError("stopped"), 0)
        self._end(actor, returns=False)

    @rule(has_horizon=st.booleans(), pace=paces)
    @precondition(lambda self: self.has_room and self.world.ledger.open_ids)
    def recover(self, *, has_horizon: bool, pace: str) -> None:
        horizon = self.world.time.now_microseconds() if has_horizon else None
        self._go_on(self.world.recover(horizon_microseconds=horizon), pace)

    @rule(pace=paces)
    @precondition(lambda self: self.has_room and self.world.queue.present(DEAD_LETTERS))
    def sweep(self, *, pace: str) -> None:
        self._go_on(self.world.sweep(), pace)

    @rule(choice=choices)
    @precondition(lambda self: self.world.queue.present(DEAD_LETTERS))
    def redrive(self, *, choice: int) -> None:
        letters = self.world.queue.present(DEAD_LETTERS)
        self.world.redrive(letters[choice % len(letters)])

    @rule(choice=choices, pace=paces)
    @precondition(lambda self: self.has_room and self._terminal_ids())
    def replay(self, *, choice: int, pace: str) -> None:
        terminal_ids = self._terminal_ids()
        self._go_on(self.world.replay(terminal_ids[choice % len(terminal_ids)]), pace)

    @rule(kind=st.sampled_from(PAUSED), pace=paces)
    @precondition(lambda self: self.has_room and len(self.world.pauses) < MOST_PAUSES)
    def pause(self, *, kind: tuple[str | None, str | None], pace: str) -> None:
        tenant, event_type = kind
        self._go_on(self.world.pause(tenant=tenant, event_type=event_type), pace)

    @rule(choice=choices, pace=paces)
    @precondition(lambda self: self.has_room and self.world.pauses)
    def resume(self, *, choice: int, pace: str) -> None:
        self._go_on(self.world.resume(self._pause(choice)), pace)

    @rule(choice=choices, pace=paces)
    @precondition(lambda self: self.has_room and self.world.pauses)
    def drain(self, *, choice: int, pace: str) -> None:
        self._go_on(self.world.drain(self._pause(choice)), pace)

    @rule(pace=paces)
    @precondition(lambda self: self.has_room and self.world.ledger.open_ids)
    def tend(self, *, pace: str) -> None:
        self._go_on(self.world.tend(), pace)

    @rule(seconds=st.sampled_from([1, 5, 21, 31, 61, 900]), stands_still=st.booleans())
    def pass_time(self, *, seconds: int, stands_still: bool) -> None:
        self.world.pass_time(seconds, stands_still=stands_still)

    @rule(days=st.sampled_from([15, 31, 41]))
    @precondition(lambda self: not self.world.actors)
    def pass_days(self, *, days: int) -> None:
        self.world.pass_days(days)

    @rule(choice=choices)
    @precondition(lambda self: self.world.expired())
    def expire(self, *, choice: int) -> None:
        """DynamoDB deletes what has expired, sooner or later."""
        self.world.delete_expired(choice)

    @rule(service=st.sampled_from(["dynamodb", "sqs"]))
    def begin_or_end_an_outage(self, *, service: str) -> None:
        gate = getattr(self.world, service)
        gate.is_away = not gate.is_away

    @initialize(honours_old_receipts=st.booleans())
    def settle_on_a_queue(self, *, honours_old_receipts: bool) -> None:
        self.world.queue.honours_old_receipts = honours_old_receipts

    def _actor(self, choice: int) -> Actor:
        return self.world.actors[choice % len(self.world.actors)]

    def _pause(self, choice: int) -> Pause:
        pauses = self.world.pauses
        return pauses[choice % len(pauses)]

    def _go_on(self, actor: Actor, pace: str) -> None:
        while pace == "at once" and not (actor.is_done or actor.place == HANDLER):
            self.world.go_on(actor)

    def _terminal_ids(self) -> list[str]:
        ledger = self.world.ledger
        return sorted(ledger.images.keys() - set(ledger.open_ids))

    def _handling(self) -> list[Actor]:
        return [each for each in self.world.actors if each.place == HANDLER]

    def _end(self, actor: Actor, *, returns: bool) -> None:
        self.world.look()
        if not returns:
            self.world.vanish(actor)
