"""Walking through the dead-letter queue: each message is redriven, dropped, moved or left.

Nothing is deleted before its event is replayed or its body is safe elsewhere. A walk that is cut
off leaves messages hidden for a while, and the next one finds them; a copy whose event was
replayed just before is then dropped, since it speaks of an older generation.
"""

import enum
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from events import queries, services
from events.errors import EventIsOpen, EventNotFound, PayloadErased
from events.event import Event, Status
from events.queries import EventFilter
from tasks import dispatch
from tasks.envelope import read_message

_MESSAGES_PER_CALL = 10
# As long as ten messages may take at the lowest rate, with a slow store.
_HIDDEN_SECONDS = 120
# Short, so that it can be left at any time.
_POLL_SECONDS = 1
# Recovery's own look hides messages for 5 s: they are back before so many empty polls.
_EMPTY_POLLS = 7
# What was left becomes visible again during a long walk; so many calls without news end it.
_CALLS_WITHOUT_NEWS = 20


class Fate(enum.StrEnum):
    """What becomes of a message."""

    REPLAYED = "replayed"
    # Its event has been replayed or has succeeded since, or is no longer kept.
    STALE = "stale"
    # Nothing that this platform writes.
    FOREIGN = "foreign"
    MOVED = "moved"
    NOT_MEANT = "not meant"
    # SQS set it aside, and recovery has yet to mark its event dead.
    OPEN = "still open"
    ERASED = "erased"
    # Replayed by this very walk: replaying it on and on would never end.
    DEAD_AGAIN = "dead again"


_DELETED = {Fate.REPLAYED, Fate.STALE, Fate.MOVED}

Move = Callable[[dict[str, Any]], None]


@dataclass(kw_only=True)
class DeadLetters:
    """One walk; ``move_foreign`` makes a body safe elsewhere, without it they are left."""

    sqs: Any
    event_filter: EventFilter
    actor: str
    rate: int
    tenant: str | None = None
    is_dry_run: bool = False
    move_foreign: Move | None = None
    fates: Counter[Fate] = field(default_factory=Counter)
    _left: dict[str, str] = field(default_factory=dict)
    _replayed: dict[str, int] = field(default_factory=dict)

    def count(self) -> int:
        """Return about how many messages there are to walk through; raises QueueUnavailable."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with dispatch.translated_errors():
            answer = self.sqs.get_queue_attributes(QueueUrl=_url(), AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def walk(self) -> Generator[Fate]:
        """Settle each message and yield what became of it.

        Raises QueueUnavailable, StoreUnavailable or StoreThrottled; walk again then.
        """
        try:
            for messages in self._batches():
                arguments = {each["MessageId"]: _arguments(each["Body"]) for each in messages}
                event_ids = {found[0] for found in arguments.values() if found is not None}
                found_events = queries.get_events_by_id(sorted(event_ids))
                for message in messages:
                    yield self._settle(message, arguments[message["MessageId"]], found_events)
        finally:
            self._show_left()

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        seen: set[str] = set()
        empty = without_news = 0
        while empty < _EMPTY_POLLS and without_news < _CALLS_WITHOUT_NEWS:
            messages = self._receive()
            empty = 0 if messages else empty + 1
            for message in messages:
                self._left[message["MessageId"]] = message["ReceiptHandle"]
            news = [each for each in messages if each["MessageId"] not in seen]
            without_news = 0 if news else without_news + 1
            seen.update(each["MessageId"] for each in news)
            if news:
                yield news

    def _receive(self) -> list[dict[str, Any]]:
        with dispatch.translated_errors():
            answer = self.sqs.receive_message(
                QueueUrl=_url(),
                MaxNumberOfMessages=_MESSAGES_PER_CALL,
                WaitTimeSeconds=_POLL_SECONDS,
                VisibilityTimeout=_HIDDEN_SECONDS,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _settle(
        self,
        message: dict[str, Any],
        arguments: tuple[str, int] | None,
        found_events: dict[str, Event],
    ) -> Fate:
        if arguments is None:
            fate = self._move(message)
        else:
            event_id, generation = arguments
            fate = self._judge(found_events.get(event_id), generation)
            if fate is Fate.REPLAYED and self._replayed.get(event_id, generation) != generation:
                fate = Fate.DEAD_AGAIN
            elif fate is Fate.REPLAYED and not self.is_dry_run:
                fate = self._replay(event_id, generation)
        if fate in _DELETED and not self.is_dry_run:
            with dispatch.translated_errors():
                self.sqs.delete_message(QueueUrl=_url(), ReceiptHandle=message["ReceiptHandle"])
            del self._left[message["MessageId"]]
        self.fates[fate] += 1
        return fate

    def _judge(self, event: Event | None, generation: int) -> Fate:
        is_narrowed = self.tenant is not None or self.event_filter != EventFilter()
        if event is None:
            # Nobody can say any more whether it is meant.
            return Fate.NOT_MEANT if is_narrowed else Fate.STALE
        if self.tenant not in (None, event.tenant) or not self.event_filter.matches(event):
            return Fate.NOT_MEANT
        if event.generation != generation or event.status is Status.SUCCEEDED:
            return Fate.STALE
        if event.status is not Status.DEAD:
            return Fate.OPEN
        return Fate.ERASED if event.is_erased else Fate.REPLAYED

    def _replay(self, event_id: str, generation: int) -> Fate:
        started = time.monotonic()
        try:
            services.replay_event(
                event_id=event_id,
                actor=self.actor,
                reason="redriven from the dead-letter queue",
                generation=generation,
            )
        except (EventIsOpen, EventNotFound):
            return Fate.STALE
        except PayloadErased:
            return Fate.ERASED
        self._replayed[event_id] = generation
        time.sleep(max(0.0, started + 1 / self.rate - time.monotonic()))
        return Fate.REPLAYED

    def _move(self, message: dict[str, Any]) -> Fate:
        if self.move_foreign is None:
            return Fate.FOREIGN
        if not self.is_dry_run:
            self.move_foreign(message)
        return Fate.MOVED

    def _show_left(self) -> None:
        """Give back at once what was only looked at."""
        entries = [
            {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for number, receipt in enumerate(self._left.values())
        ]
        with dispatch.translated_errors():
            for start in range(0, len(entries), _MESSAGES_PER_CALL):
                self.sqs.change_message_visibility_batch(
                    QueueUrl=_url(), Entries=entries[start : start + _MESSAGES_PER_CALL]
                )


def _url() -> str:
    return f"{settings.QUEUE_URL_PREFIX}/{settings.DEAD_LETTER_QUEUE}"


def _arguments(body: str) -> tuple[str, int] | None:
    """Read event id and generation from a message of ours; None for anything else."""
    sent = read_message(body)
    if sent is None or sent.task not in (dispatch.PROCESS_TASK, dispatch.REPLAY_TASK):
        return None
    return sent.event_id, sent.generation
