"""Long polls in a thread of their own, so that nothing else waits for them; their listeners."""

import logging
import socket
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

log = logging.getLogger(__name__)


def on_poll(listener: Callable[[list[dict[str, Any]]], None]) -> None:
    """Have ``listener`` called with what each answered poll brought, in SQS's own form.

    It is called in the consuming thread, so it must be quick; what it raises is logged.
    """
    _listeners.append(listener)


def announce_poll(messages: list[dict[str, Any]]) -> None:
    for listener in _listeners:
        try:
            listener(messages)
        except Exception:
            # Whatever a listener does, polling goes on.
            log.exception("A poll's listener failed")


_listeners: list[Callable[[list[dict[str, Any]]], None]] = []


class FailedPoll:
    """A poll that brought no answer, and why."""

    def __init__(self, reason: object) -> None:
        self.reason = reason


class Poller:
    """Makes one poll after the other; a thread that no end of the process waits for."""

    def __init__(self, queue: str) -> None:
        self._polls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=f"sqs-poll-{queue}", daemon=True).start()

    def submit(self, poll: Callable[[], None]) -> None:
        """Have a poll made; it must not raise, and says itself what came of it."""
        self._polls.put(poll)

    def close(self) -> None:
        """End the thread after the poll that is under way."""
        self._polls.put(None)

    def _run(self) -> None:
        while (poll := self._polls.get()) is not None:
            poll()


class OpenLine:
    """A descriptor that never has anything to read, for the hub to look at.

    A hub without any does not poll: it sleeps, a tenth of a second at a time, through all that
    other threads call to it.
    """

    def __init__(self) -> None:
        self._ends = socket.socketpair()

    def hold(self, hub: Any) -> None:
        """See to it that the hub has the line; a connection that was lost took it away."""
        if self._ends[0].fileno() not in hub.readers:
            hub.add_reader(self._ends[0], _hear_nothing)

    def close(self, hub: Any) -> None:
        hub.remove_reader(self._ends[0])
        for end in self._ends:
            end.close()


def _hear_nothing() -> None:
    """Nobody ever writes to the other end."""


def messages_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a poll brought; raises if that is something else than messages."""
    received = answer.get("Messages") or []
    for message in received:
        if not isinstance(message["ReceiptHandle"], str) or not isinstance(message["Body"], str):
            raise TypeError("SQS answered with something else than messages")
    return list(received)
