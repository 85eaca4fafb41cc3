"""The group commit itself: who sends, who waits, and who goes on when a call returns."""

import math
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic

from events.group_commit.ticket import (
    Entry,
    GroupCommitAborted,
    GroupCommitFull,
    GroupCommitTimeout,
    Limits,
    Load,
    Result,
    Ticket,
    pack,
    ticket_for,
)

# Calls that hang, or that others fill, must not hold up for long those who could go in another.
_PATIENCE_SECONDS = 0.05


class GroupCommit(Generic[Entry, Result]):
    """Gathers entries while earlier calls are in flight and sends them together.

    ``send`` takes a list of entries and returns one outcome per entry, in order: a result, or an
    exception for that entry alone. What it raises goes to every caller of that call if it is one
    of ``shared_errors``; anything else concerns the leading thread, and the others may try again.

    There is no timer and, for single entries, no thread: a caller sends at once if no call is in
    flight, the more of them there are the more waiters it takes for another, and a call that
    returns hands its place to the oldest waiter, who takes everybody behind it along.
    So an idle caller never waits for company, and a busy one has much of it: a call costs about
    as much CPU as all else that is done for an entry.

    Something may strike a caller between any two steps (a time limit, a greenlet's end). So what
    one step changes is whole at once or put right where the strike is caught, and each way to
    give something back may be gone twice.
    """

    _executor: ThreadPoolExecutor | None
    _waiting: deque[Ticket[Entry, Result]]

    def __init__(
        self,
        send: Callable[[list[Entry]], Sequence[Result | Exception]],
        *,
        max_entries: int,
        max_bytes: int,
        max_calls: int = 4,
        max_waiting: int = 10_000,
        shared_errors: tuple[type[Exception], ...] = (Exception,),
    ) -> None:
        self._send = send
        self._limits = Limits(max_entries, max_bytes)
        self._max_calls = max_calls
        self._max_waiting = max_waiting
        self._shared_errors = shared_errors
        self._reset()
        _instances.add(self)

    def submit(
        self,
        entry: Entry,
        *,
        key: Hashable = None,
        size_bytes: int = 0,
        timeout_seconds: float = math.inf,
    ) -> Result:
        """Send one entry in company and return its own result, or raise its own error.

        Two entries with the same ``key`` never share a call. ``timeout_seconds`` bounds the wait
        for a place in a call; a call under way is bounded by the client's own timeouts.
        """
        ticket: Ticket[Entry, Result] = ticket_for(entry, key, size_bytes)
        self._carry(ticket, timeout_seconds)
        (outcome,), ticket.outcomes = ticket.outcomes, ()
        if isinstance(outcome, Exception):
            try:
                raise outcome
            finally:
                # Its traceback knows this frame: a cycle, with the entries of a whole call in it.
                del outcome
        return outcome

    def submit_all(
        self,
        entries: Sequence[Entry],
        *,
        key_of: Callable[[Entry], Hashable] = lambda _: None,
        size_of: Callable[[Entry], int] = lambda _: 0,
        timeout_seconds: float = math.inf,
    ) -> list[Result | Exception]:
        """Send many entries of one caller in full calls and return each one's outcome, in order.

        Several of the calls are in flight at once: entries with the same key race.
        """
        ends_at = time.monotonic() + timeout_seconds
        tickets: list[Ticket[Entry, Result]] = list(
            pack(entries, self._limits, key_of=key_of, size_of=size_of)
        )
        if len(tickets) == 1:
            return list(self._outcomes(tickets[0], ends_at))
        outcomes = self._threads().map(lambda ticket: self._outcomes(ticket, ends_at), tickets)
        return [outcome for of_ticket in outcomes for outcome in of_ticket]

    def _outcomes(
        self, ticket: Ticket[Entry, Result], ends_at: float
    ) -> Sequence[Result | Exception]:
        try:
            self._carry(ticket, ends_at - time.monotonic())
        except (GroupCommitFull, GroupCommitTimeout) as error:
            return [error] * len(ticket.entries)
        return ticket.outcomes

    def _carry(self, ticket: Ticket[Entry, Result], timeout_seconds: float) -> None:
        if timeout_seconds <= 0:
            raise GroupCommitTimeout("no call had room in time")
        try:
            self._enqueue(ticket)
            while not ticket.is_done:
                if ticket in self._leaders:
                    self._lead(ticket)
                else:
                    self._wait(ticket, timeout_seconds)
        except (GroupCommitFull, GroupCommitTimeout):
            # It holds nothing.
            raise
        except BaseException:
            # Somebody killed the caller: its place goes on.
            self._abandon(ticket)
            raise

    def _enqueue(self, ticket: Ticket[Entry, Result]) -> None:
        with self._lock:
            if self._is_worth_a_call(self._entries_waiting + len(ticket.entries)):
                self._leaders.add(ticket)
            elif self._entries_waiting < self._max_waiting:
                ticket.waits_since = time.monotonic()
                self._waiting.append(ticket)
                self._entries_waiting += len(ticket.entries)
            else:
                raise GroupCommitFull(f"{self._max_waiting} entries are waiting already")

    def _is_worth_a_call(self, entries: int) -> bool:
        """Say whether so many entries should go now; the lock is held."""
        in_flight = len(self._leaders)
        is_free = in_flight < self._max_calls
        # One that is alone waits for the call in flight, a few milliseconds, rather than pay for
        # one of its own: 0, 5, 12, 21 waiters.
        worth = in_flight * (in_flight + 4)
        return is_free and entries >= min(worth, self._limits.entries)

    def _wait(self, ticket: Ticket[Entry, Result], timeout_seconds: float) -> None:
        patience_seconds = min(_PATIENCE_SECONDS, timeout_seconds)
        if ticket.wake.acquire(timeout=patience_seconds) or self._take_place(ticket):
            return
        left_seconds = timeout_seconds - patience_seconds
        if ticket.wake.acquire(timeout=min(left_seconds, threading.TIMEOUT_MAX)):
            return
        if self._withdraw(ticket):
            raise GroupCommitTimeout("no call had room in time")
        # Too late to withdraw: the entry is under way, or its turn to lead has just come.
        ticket.wake.acquire()

    def _take_place(self, ticket: Ticket[Entry, Result]) -> bool:
        """Lead a call beside those that take so long, if there may be another."""
        with self._lock:
            if len(self._leaders) >= self._max_calls or not self._remove(ticket):
                return False
            self._leaders.add(ticket)
            return True

    def _withdraw(self, ticket: Ticket[Entry, Result]) -> bool:
        with self._lock:
            return self._remove(ticket)

    def _remove(self, ticket: Ticket[Entry, Result]) -> bool:
        try:
            self._waiting.remove(ticket)
        except ValueError:
            return False
        self._entries_waiting -= len(ticket.entries)
        return True

    def _abandon(self, ticket: Ticket[Entry, Result]) -> None:
        with self._lock:
            self._strike_off([ticket])
            self._leaders.discard(ticket)
            self._appoint()

    def _strike_off(self, tickets: list[Ticket[Entry, Result]]) -> None:
        """Let the tickets wait no longer, and count anew who does; the lock is held."""
        self._waiting = deque(each for each in self._waiting if each not in tickets)
        self._entries_waiting = sum(len(each.entries) for each in self._waiting)

    def _lead(self, leader: Ticket[Entry, Result]) -> None:
        load: Load[Entry, Result] = Load(self._limits, leader)
        try:
            self._fill(load)
            load.settle(self._call(load.entries))
        except BaseException:
            # What strikes the leading thread alone (a time limit, an exit) leaves nobody waiting.
            load.settle(())
            raise
        self._hand_over(leader)

    def _fill(self, load: Load[Entry, Result]) -> None:
        """Take along whoever waits and fits, the oldest first."""
        with self._lock:
            self._take_along(load)

    def _take_along(self, load: Load[Entry, Result]) -> None:
        try:
            passed_over = 0
            # Looking for what still fits must not take longer than another call.
            while not load.is_full and passed_over < min(len(self._waiting), self._limits.entries):
                ticket = self._waiting[passed_over]
                if load.add(ticket):
                    del self._waiting[passed_over]
                    self._entries_waiting -= len(ticket.entries)
                else:
                    passed_over += 1
        except BaseException:
            # Whoever travels in this call must not be found waiting for another.
            self._strike_off(load.tickets)
            raise

    def _call(self, entries: list[Entry]) -> Sequence[Result | Exception]:
        try:
            outcomes = self._send(entries)
        except self._shared_errors as error:
            return [error] * len(entries)
        if len(outcomes) == len(entries):
            return outcomes
        return [GroupCommitAborted(f"{len(entries)} entries got {len(outcomes)} outcomes")] * len(
            entries
        )

    def _hand_over(self, leader: Ticket[Entry, Result]) -> None:
        with self._lock:
            self._leaders.discard(leader)
            self._appoint()

    def _appoint(self) -> None:
        """Give a free place to the oldest waiter if a call is due; the lock is held."""
        if not self._waiting:
            return
        heir = self._waiting[0]
        if not self._is_overdue(heir) and not self._is_worth_a_call(self._entries_waiting):
            return
        try:
            self._leaders.add(heir)
            self._waiting.popleft()
            self._entries_waiting -= len(heir.entries)
            heir.wake_up()
        except BaseException:
            self._leaders.add(heir)
            self._strike_off([heir])
            heir.wake_up()
            raise

    def _is_overdue(self, heir: Ticket[Entry, Result]) -> bool:
        # Beside calls that others fill, few who wait would never be worth one of their own.
        is_free = len(self._leaders) < self._max_calls
        return is_free and time.monotonic() - heir.waits_since >= _PATIENCE_SECONDS

    def _threads(self) -> ThreadPoolExecutor:
        """Return the threads that lead the calls of those who have many entries."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._max_calls, "group-commit")
            return self._executor

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._waiting = deque()
        self._entries_waiting = 0
        # Those whose calls are in flight: as many places are taken.
        self._leaders: set[Ticket[Entry, Result]] = set()
        self._executor = None


_instances: "weakref.WeakSet[GroupCommit[Any, Any]]" = weakref.WeakSet()


def _reset_after_fork() -> None:
    # A child inherits locks and waiters of threads that do not exist in it.
    for instance in _instances:
        instance._reset()  # noqa: SLF001


os.register_at_fork(after_in_child=_reset_after_fork)
