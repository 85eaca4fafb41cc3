"""A whole platform in one process: real services and tasks between a fake store and queue."""

import math
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any

from django.conf import settings

from events import identity, services
from events.errors import EventError, IdempotencyKeyReused
from events.pause import Pause
from events.store import pauses, shards
from tasks import redrive
from tests.fake_dynamodb import FakeDynamoDB
from tests.models.actors import Actor, Fault, Vanished
from tests.models.behaviours import Behaviour, succeed
from tests.models.fake_sqs import FakeSQS, StoredMessage
from tests.models.gate import Gate
from tests.models.ledger import Ledger
from tests.models.virtual_time import VirtualTime
from tests.models.worker import work_on
from tests.partiql import Clause, Write

TENANT = "acme"
EVENT_TYPE = "model.event"
MAX_RETRIES = 2
WORK = settings.WORK_QUEUE
DEAD_LETTERS = settings.DEAD_LETTER_QUEUE
# The place of an actor whose handler runs.
HANDLER = "handler"
# Far below what a queue must have, so that SQS's own redrive happens too.
_MAX_RECEIVES = 8


class World:
    """The store, the queue, the clock and everybody who is at work."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.ledger = Ledger(self.time, max_retries=MAX_RETRIES)
        self.actors: list[Actor] = []
        # Deaths whose dead letter SQS has kept for its two weeks.
        self.letters_forgotten: set[tuple[str, int]] = set()
        # How an event's handler behaves while nobody orders it otherwise.
        self.behaviours: dict[str, Behaviour] = {}
        self.store = FakeDynamoDB()
        self.queue = FakeSQS(
            self.time.time, redrive=(WORK, DEAD_LETTERS), max_receives=_MAX_RECEIVES
        )
        self.dynamodb = Gate("dynamodb", self.store, self.time)
        self.sqs = Gate("sqs", self.queue, self.time)

    def accept(
        self, *, behaviour: Behaviour = succeed, skew_microseconds: int = 0, **fields: Any
    ) -> Actor:
        """Post an event; fields are those of ``services.accept_event``."""
        request = {"event_type": EVENT_TYPE, "payload_json": "{}", "tenant": TENANT} | fields
        return self.start(
            lambda: self._accept(request, behaviour), skew_microseconds=skew_microseconds
        )

    def deliver(self, message: StoredMessage, *, skew_microseconds: int = 0) -> Actor:
        """Hand a message of the work queue to a worker, hidden and deleted ones too."""
        received = self.queue.receive(message, settings.VISIBILITY_SECONDS)
        actor = self.start(lambda: work_on(received, self.sqs), skew_microseconds=skew_microseconds)
        actor.message = message
        return actor

    def recover(self, *, horizon_microseconds: int | None = None) -> Actor:
        """Look at all shards once, as recovery does."""
        return self.start(lambda: _recover(horizon_microseconds))

    def sweep(self) -> Actor:
        return self.start(redrive.sweep_dead_letters)

    def replay(self, event_id: str) -> Actor:
        return self.start(
            lambda: services.replay_event(event_id=event_id, actor="ada", reason="bug fixed")
        )

    def redrive(self, message: StoredMessage) -> None:
        """Move a dead letter back to the work queue, as an operator does."""
        self.queue.move(message, DEAD_LETTERS, WORK)

    def pause(self, *, tenant: str | None = TENANT, event_type: str | None = EVENT_TYPE) -> Actor:
        return self.start(
            lambda: services.pause_events(
                tenant=tenant, event_type=event_type, reason="model", actor="ada"
            )
        )

    def resume(self, pause: Pause) -> Actor:
        return self.start(lambda: services.resume_events(pause.pause_id, rate=1_000, actor="bob"))

    def drain(self, pause: Pause) -> Actor:
        """Take a step of dispatching what waited for a pause."""
        return self.start(lambda: services.drain_pause(pause.pause_id, executor=_InlineExecutor()))

    def tend(self) -> Actor:
        return self.start(lambda: services.tend_parked_events(limit=10, executor=_InlineExecutor()))

    @property
    def pauses(self) -> list[Pause]:
        """Return the pauses that have not ended, without a call to the store."""
        items = self.store.platform.items()
        return [pauses.read_item(each) for each in items if each["kind"] == {"S": "pause"}]

    def start(self, act: Callable[[], object], *, skew_microseconds: int = 0) -> Actor:
        actor = Actor(act, skew_microseconds=skew_microseconds)
        self.actors.append(actor)
        self.go_on(actor)
        return actor

    def go_on(self, actor: Actor, order: object = None) -> None:
        """Let an actor take one step, and look at what it did."""
        actor.go_on(order)
        self.look()
        if actor.is_done:
            self.actors.remove(actor)
            if not isinstance(actor.error, (EventError, Vanished, type(None))):
                raise actor.error
        elif actor.place == HANDLER and actor.holding is not actor.running:
            actor.running = actor.holding
            self.ledger.note_run(actor.running)

    def run(self, actor: Actor) -> Actor:
        """Let an actor come to its end without faults."""
        while not actor.is_done:
            self.go_on(actor)
        return actor

    def vanish(self, actor: Actor) -> None:
        """End an actor's process where it is."""
        while not actor.is_done:
            self.go_on(actor, Fault.VANISH_BEFORE)

    def pass_time(self, seconds: float, *, stands_still: bool = False) -> None:
        """Let time pass, with heartbeats, unless this machine stands still meanwhile."""
        self.time.sleep(seconds)
        if stands_still:
            return
        for actor in self.actors:
            if actor.place == HANDLER:
                with suppress(EventError):
                    services.extend_lease(actor.holding)
            if actor.message is not None and not self.sqs.is_away:
                actor.message.visible_at = self.time.time() + settings.VISIBILITY_SECONDS
        self.look()

    def pass_days(self, days: int) -> None:
        """Let days pass as far as no event is kept waiting; SQS forgets what it holds."""
        waits_until = min(self.ledger.due_times, default=math.inf)
        seconds = min(days * 86_400, waits_until - self.time.time())
        if seconds > 14 * 86_400:
            self.queue.forget_all()
            self.letters_forgotten |= self.ledger.deaths
        if seconds > 0:
            self.time.sleep(seconds)

    def delete_expired(self, choice: int) -> None:
        """Delete an item that has expired, as DynamoDB does within days."""
        expired = self.expired()
        where = [Clause(("event_id",), "=", expired[choice % len(expired)])]
        self.store.events.execute(Write("DELETE", settings.EVENTS_TABLE, where=where))
        self.look()

    def expired(self) -> list[dict[str, str]]:
        """Return the keys of all items whose time is over."""
        now = self.time.time()
        items = self.store.events.items()
        return [each["event_id"] for each in items if int(each["expires_at"]["N"]) <= now]

    def look(self) -> None:
        """Let the ledger see what has changed."""
        self.ledger.note_store(self.store.events.items())

    def _accept(self, request: dict[str, Any], behaviour: Behaviour) -> object:
        body = request["payload_json"]
        try:
            acceptance = services.accept_event(**request)
        except IdempotencyKeyReused:
            event_id = identity.keyed_event_id(TENANT, request["idempotency_key"])
            self.ledger.note_refusal(event_id, body)
            raise
        assert request.get("idempotency_key") or not acceptance.is_repeat
        self.ledger.note_acceptance(acceptance, body)
        self.behaviours.setdefault(acceptance.event_id, behaviour)
        return acceptance


def _recover(horizon_microseconds: int | None) -> None:
    for shard in range(shards.shard_count()):
        has_more = True
        while has_more:
            has_more = services.recover_shard(
                shard,
                horizon_microseconds=horizon_microseconds,
                limit=10,
                executor=_InlineExecutor(),
            ).has_more


class _InlineExecutor(Executor):
    """Does what it is given at once, in the thread that asks."""

    def submit(self, act: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(act(*args, **kwargs))
        return future
