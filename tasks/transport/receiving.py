"""Receiving: a poll loop that no answer of SQS, and no message, can end."""

import logging
import time
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from kombu.transport import SQS
from kombu.utils.objects import cached_property

from tasks.transport.messages import readable_payload
from tasks.transport.outage import Outage
from tasks.transport.polling import FailedPoll, OpenLine, Poller, announce_poll, messages_of
from tasks.transport.receipts import MAX_ENTRIES, Queue
from tasks.transport.visibility import visibility

# Without an event loop (gevent), polls are blocking calls within the shared client's read timeout.
BLOCKING_POLL_SECONDS = 1
# What the last poll may take beyond the time SQS was asked to wait.
LAST_POLL_SLACK_SECONDS = 2

# How long a nearly full worker waits for room for a whole answer; after that any room will do,
# since the few messages in its hands may take long.
_ROOM_SECONDS = 0.25

log = logging.getLogger(__name__)

# kombu's stubs leave out the members that have to be overridden here.
_Channel: Any = SQS.Channel


class Receiving(_Channel):  # type: ignore[misc]  # see _Channel
    """The half of a channel that polls and delivers."""

    default_fetch = ("ApproximateReceiveCount", "SentTimestamp")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._pollers: dict[str, Poller] = {}
        self._line: OpenLine | None = None
        self._polls_in_flight = 0
        self._answers: SimpleQueue[tuple[str, list[dict[str, Any]] | FailedPoll]] = SimpleQueue()
        self._paused_polls: dict[str, Any] = {}
        self._outages: dict[str, Outage] = {}
        self._names_by_url: dict[str, str] = {}
        super().__init__(*args, **kwargs)

    @cached_property
    def fetch_message_attributes(self) -> Any:
        return self.transport_options.get("fetch_message_attributes", list(self.default_fetch))

    @cached_property
    def _wanted_attributes(self) -> dict[str, Any]:
        return {name: wanted for name, wanted in self.get_message_attributes.items() if wanted}

    def queue_at(self, url: str) -> Queue:
        """Return the queue that messages were received from, with the client for it."""
        name = self._names_by_url[url]
        return Queue(self.sqs(queue=self.canonical_queue_name(name)), url)

    def basic_cancel(self, consumer_tag: str) -> None:
        super().basic_cancel(consumer_tag)
        # Nobody runs the hub while a pool of threads winds up, and SQS would hand the messages
        # of an aborted poll to nobody: so the last poll is waited for.
        ends_at = time.monotonic() + self.wait_time_seconds + LAST_POLL_SLACK_SECONDS
        while not self._consumers and self._polls_in_flight and time.monotonic() < ends_at:
            with suppress(Empty):
                self._take(*self._answers.get(timeout=0.1))

    def close(self) -> None:
        super().close()
        for poller in self._pollers.values():
            poller.close()
        self._pollers.clear()
        if self._line is not None:
            self._line.close(self.hub)
            self._line = None

    def room_was_made(self) -> None:
        """Go on polling if that waited for free slots; called by whichever thread frees one."""
        if self._paused_polls and not self._is_nearly_full():
            self.hub.call_soon(self._resume_polls)

    def _resume_polls(self) -> None:
        while self._paused_polls:
            queue, timer = self._paused_polls.popitem()
            timer.cancel()
            self._schedule_queue(queue)

    def _schedule_queue(self, queue: str) -> None:
        self._paused_polls.pop(queue, None)
        if queue not in self._active_queues:
            return
        if not self.qos.can_consume():
            self._loop1(queue)
            return
        self._line = self._line or OpenLine()
        self._line.hold(self.hub)
        self._polls_in_flight += 1
        if queue not in self._pollers:
            self._pollers[queue] = Poller(queue)
        self._pollers[queue].submit(partial(self._receive, queue, self._get_message_estimate()))

    def _receive(self, queue: str, count: int) -> None:
        """Ask SQS, in the poller's thread, and hand over the answer in one piece."""
        answer: list[dict[str, Any]] | FailedPoll
        try:
            answer = messages_of(
                self.sqs(queue=self.canonical_queue_name(queue)).polls.receive_message(
                    QueueUrl=self._new_queue(queue),
                    MaxNumberOfMessages=count,
                    WaitTimeSeconds=self.wait_time_seconds,
                    VisibilityTimeout=self.visibility_timeout,
                    **self._wanted_attributes,
                )
            )
        except Exception as error:  # noqa: BLE001  # no credentials, no name service: polling goes on
            answer = FailedPoll(error)
        self._answers.put((queue, answer))
        self.hub.call_soon(self._take_answers)

    def _take_answers(self) -> None:
        with suppress(Empty):
            while True:
                self._take(*self._answers.get_nowait())

    def _take(self, queue: str, answer: list[dict[str, Any]] | FailedPoll) -> None:
        self._polls_in_flight -= 1
        if self.connection is None:
            # It took longer than it is waited for; SQS shows what it brought once more.
            return
        if isinstance(answer, FailedPoll):
            self._outage(queue).failed(answer.reason)
            self._loop1(queue)
            return
        self._outage(queue).ended()
        announce_poll(answer)
        self._loop1(queue, self._deliver(answer, qname=queue, url=self._new_queue(queue)))

    def _loop1(self, queue: str, messages_fetched: int | None = None) -> None:
        # A poll for few messages costs as much as one for ten: after a find, let some slots
        # become free first. An empty queue is polled in full, so this delays nothing idle.
        is_nearly_full = self._is_nearly_full()
        if messages_fetched and not is_nearly_full:
            self._schedule_queue(queue)
            return
        is_waiting_for_room = is_nearly_full and not self._outage(queue).pause_seconds
        pause_seconds = self._outage(queue).pause_seconds or self.connection.polling_interval
        if is_waiting_for_room:
            pause_seconds = max(pause_seconds, _ROOM_SECONDS)
        timer = self.hub.call_later(pause_seconds, self._schedule_queue, queue)
        if is_waiting_for_room:
            self._paused_polls[queue] = timer
            # Another thread may have made room before there was a pause for it to end.
            self.room_was_made()

    def _is_nearly_full(self) -> bool:
        free_slots = self.qos.can_consume_max_estimate()
        wanted_slots = max(1, min(MAX_ENTRIES, self.qos.prefetch_count // 2))
        return free_slots is not None and free_slots < wanted_slots

    def _get_bulk(self, queue: str, *_args: Any, **_options: Any) -> None:
        # The blocking twin of _take.
        answer = self._receive_message(queue, self._get_message_estimate())
        received = answer.get("Messages") or []
        if not self._deliver(received, qname=queue, url=self._new_queue(queue)):
            raise Empty

    def _deliver(self, received: list[dict[str, Any]], *, qname: str, url: str) -> int:
        consume = self.connection._callbacks.get(qname)  # noqa: SLF001  # kombu's own place for it
        if consume is None:
            self._release_messages(url, qname, received)
            return 0
        self._names_by_url[url] = qname
        # All of them first: a pool of greenlets makes the second wait for the first one's end.
        queue = self.queue_at(url)
        for message in received:
            visibility.keep(queue, message["ReceiptHandle"], self.visibility_timeout)
        for message in received:
            self._consume(consume, message, qname=qname, url=url)
        return len(received)

    def _consume(self, consume: Any, message: dict[str, Any], *, qname: str, url: str) -> None:
        try:
            consume(self._message_to_python(message, qname, url))
        except Exception:
            # A message that breaks the consumer must not end it: it stays for the redrive policy.
            log.exception("A message of %s could not be consumed", qname)
            visibility.let_go(message["ReceiptHandle"])
            self.forget(message["ReceiptHandle"])

    def _envelope_payload(  # noqa: PLR0917  # kombu's signature
        self, payload: dict[str, Any], raw_text: str, message: dict[str, Any], q_url: str
    ) -> Any:
        # The pool gets the message's properties too; the body need not travel there twice.
        envelope = {name: value for name, value in message.items() if name != "Body"}
        payload = readable_payload(payload, raw_text, self)
        return super()._envelope_payload(payload, raw_text, envelope, q_url)

    def _release_messages(self, queue: str, qname: str, messages: list[dict[str, Any]]) -> None:
        self._names_by_url[queue] = qname
        for message in messages:
            visibility.hide(self.queue_at(queue), message["ReceiptHandle"], 0)

    def _receive_message(
        self, queue: str, max_number_of_messages: int = 1, wait_time_seconds: int | None = None
    ) -> Any:
        wait_seconds = min(wait_time_seconds or self.wait_time_seconds, BLOCKING_POLL_SECONDS)
        url = self._new_queue(queue)
        self._names_by_url[url] = queue
        try:
            received = messages_of(
                self.sqs(queue=self.canonical_queue_name(queue)).receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=max_number_of_messages,
                    WaitTimeSeconds=wait_seconds,
                    VisibilityTimeout=self.visibility_timeout,
                    **self._wanted_attributes,
                )
            )
        except Exception as error:  # noqa: BLE001  # as in _receive
            self._outage(queue).failed(error)
            time.sleep(self._outage(queue).pause_seconds)
            return {}
        self._outage(queue).ended()
        announce_poll(received)
        return {"Messages": received} if received else {}

    def _outage(self, queue: str) -> Outage:
        return self._outages.setdefault(queue, Outage(f"Polling of {queue}", log))
