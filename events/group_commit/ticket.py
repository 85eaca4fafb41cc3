"""What waits for a place in a call: one caller's entries, and what became of them."""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Entry = TypeVar("Entry")
Result = TypeVar("Result")


class GroupCommitFull(Exception):
    """More callers wait than the queue holds; nothing was sent."""


class GroupCommitAborted(Exception):
    """The call was cut off or misread; whether the entry took effect is not known."""


class GroupCommitTimeout(Exception):
    """The entry was not sent within the caller's time; it never will be."""


class Ticket(Generic[Entry, Result]):
    """What one caller wants to travel in one call, mostly a single entry."""

    __slots__ = ("entries", "is_done", "keys", "outcomes", "size_bytes", "waits_since", "wake")

    def __init__(self, entries: list[Entry], keys: set[Hashable], size_bytes: int) -> None:
        self.entries = entries
        self.keys = keys
        self.size_bytes = size_bytes
        self.outcomes: Sequence[Result | Exception] = ()
        self.is_done = False
        self.waits_since = 0.0
        # A bare lock as the wake-up call: a threading.Event costs several times as much.
        self.wake = threading.Lock()
        self.wake.acquire()

    def settle(self, outcomes: Sequence[Result | Exception]) -> None:
        """Tell the caller; what it was told first stands."""
        if not self.is_done:
            self.outcomes = outcomes
            self.is_done = True
        self.wake_up()

    def wake_up(self) -> None:
        """Wake the caller; once too often does no harm, once too seldom it sleeps for ever."""
        with suppress(RuntimeError):
            self.wake.release()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may carry."""

    entries: int
    size_bytes: int


class Load(Generic[Entry, Result]):
    """The tickets that share a call: within its limits, and never one key twice."""

    def __init__(self, limits: Limits, first: Ticket[Entry, Result]) -> None:
        self.tickets = [first]
        self._limits = limits
        self._entries = len(first.entries)
        self._keys = set(first.keys)
        self._size_bytes = first.size_bytes

    @property
    def is_full(self) -> bool:
        return self._entries >= self._limits.entries

    @property
    def entries(self) -> list[Entry]:
        return [entry for ticket in self.tickets for entry in ticket.entries]

    def add(self, ticket: Ticket[Entry, Result]) -> bool:
        """Take the ticket along if it fits, and say whether it does."""
        entries = self._entries + len(ticket.entries)
        size_bytes = self._size_bytes + ticket.size_bytes
        is_too_much = entries > self._limits.entries or size_bytes > self._limits.size_bytes
        if is_too_much or not self._keys.isdisjoint(ticket.keys):
            return False
        self.tickets.append(ticket)
        self._entries, self._size_bytes = entries, size_bytes
        self._keys |= ticket.keys
        return True

    def as_ticket(self) -> Ticket[Entry, Result]:
        """Return one ticket for everything, as of a single caller."""
        return Ticket(self.entries, self._keys, self._size_bytes)

    def settle(self, outcomes: Sequence[Result | Exception]) -> None:
        """Tell each ticket its own outcomes; none at all means that the call was cut off.

        Doing so once more reaches those whom the first time did not.
        """
        if not outcomes:
            outcomes = [GroupCommitAborted("the call was cut off")] * len(self.entries)
        start = 0
        for ticket in self.tickets:
            end = start + len(ticket.entries)
            ticket.settle(outcomes[start:end])
            start = end


def ticket_for(entry: Entry, key: Hashable, size_bytes: int) -> Ticket[Entry, Result]:
    return Ticket([entry], set() if key is None else {key}, size_bytes)


def pack(
    entries: Sequence[Entry],
    limits: Limits,
    *,
    key_of: Callable[[Entry], Hashable],
    size_of: Callable[[Entry], int],
) -> Iterator[Ticket[Entry, Result]]:
    """Make as few tickets of the entries as fit into calls, without changing their order."""
    load: Load[Entry, Result] | None = None
    for entry in entries:
        ticket: Ticket[Entry, Result] = ticket_for(entry, key_of(entry), size_of(entry))
        if load is None:
            load = Load(limits, ticket)
        elif not load.add(ticket):
            yield load.as_ticket()
            load = Load(limits, ticket)
    if load is not None:
        yield load.as_ticket()
