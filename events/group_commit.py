"""Group commit: concurrent callers' entries travel in shared calls, without a timer."""

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry")
Result = TypeVar("Result")


class GroupCommitFull(Exception):
    """More callers wait than the queue holds; nothing was sent."""


class GroupCommitAborted(Exception):
    """The call was cut off or misread; whether the entry took effect is not known."""


class GroupCommitTimeout(Exception):
    """The entry was not sent within the caller's time; it never will be."""


class GroupCommit(Generic[Entry, Result]):
    """Gathers entries while earlier calls are in flight and sends them together.

    ``send`` takes a list of entries and returns one outcome per entry, in order: a result, or an
    exception for that entry alone. What it raises goes to every caller of that call if it is one
    of ``shared_errors``; anything else concerns the leading thread, and the others may try again.

    There is no thread and no timer: the first caller sends at once, whoever comes while all
    calls are in flight waits, and a call that returns hands its place to the oldest waiter,
    who takes everybody behind it along. An idle caller therefore never waits for company.
    """

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
        self._max_entries = max_entries
        self._max_bytes = max_bytes
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
        timeout_seconds: float | None = None,
    ) -> Result:
        """Send one entry in company and return its own result, or raise its own error.

        Two entries with the same ``key`` never share a call. ``timeout_seconds`` bounds the wait
        for a place in a call; a call under way is bounded by the client's own timeouts.
        """
        ticket = _Ticket[Entry, Result](entry, key, size_bytes)
        self._enqueue(ticket)
        while not ticket.is_done:
            if ticket.leads:
                self._lead(ticket)
            else:
                self._wait(ticket, timeout_seconds)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # done without error means a result

    def _enqueue(self, ticket: "_Ticket[Entry, Result]") -> None:
        with self._lock:
            if self._free_calls > 0:
                self._free_calls -= 1
                ticket.leads = True
            elif len(self._waiting) < self._max_waiting:
                self._waiting.append(ticket)
            else:
                raise GroupCommitFull(f"{self._max_waiting} entries are waiting already")

    def _wait(self, ticket: "_Ticket[Entry, Result]", timeout_seconds: float | None) -> None:
        try:
            is_awake = ticket.wake.acquire(
                timeout=-1 if timeout_seconds is None else timeout_seconds
            )
        except BaseException:
            # Somebody killed the caller (a time limit, a greenlet's end): its place goes on.
            self._abandon(ticket)
            raise
        if is_awake:
            return
        if self._withdraw(ticket):
            raise GroupCommitTimeout("no call had room in time")
        # Too late to withdraw: the entry is under way, or its turn to lead has just come.
        ticket.wake.acquire()

    def _withdraw(self, ticket: "_Ticket[Entry, Result]") -> bool:
        with self._lock:
            try:
                self._waiting.remove(ticket)
            except ValueError:
                return False
            return True

    def _abandon(self, ticket: "_Ticket[Entry, Result]") -> None:
        if not self._withdraw(ticket) and ticket.leads:
            self._hand_over()

    def _lead(self, leader: "_Ticket[Entry, Result]") -> None:
        leader.leads = False
        try:
            self._settle(self._take_batch(leader))
        finally:
            self._hand_over()

    def _take_batch(self, leader: "_Ticket[Entry, Result]") -> "list[_Ticket[Entry, Result]]":
        batch = [leader]
        keys = {leader.key}
        size_bytes = leader.size_bytes
        left_behind: list[_Ticket[Entry, Result]] = []
        with self._lock:
            while self._waiting and len(batch) < self._max_entries:
                ticket = self._waiting.popleft()
                if size_bytes + ticket.size_bytes > self._max_bytes:
                    left_behind.append(ticket)
                    break
                if ticket.key is not None and ticket.key in keys:
                    left_behind.append(ticket)
                    continue
                keys.add(ticket.key)
                size_bytes += ticket.size_bytes
                batch.append(ticket)
            self._waiting.extendleft(reversed(left_behind))
        return batch

    def _settle(self, batch: "list[_Ticket[Entry, Result]]") -> None:
        outcomes: Sequence[Result | Exception]
        try:
            outcomes = self._send([ticket.entry for ticket in batch])
            if len(outcomes) != len(batch):
                raise GroupCommitAborted(f"{len(batch)} entries got {len(outcomes)} outcomes")
        except self._shared_errors as error:
            outcomes = [error] * len(batch)
        except BaseException:
            # Aimed at the leading thread alone (a time limit, an exit): the others may try again.
            outcomes = [GroupCommitAborted("the call was cut off")] * len(batch)
            raise
        finally:
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.settle(outcome)

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                heir = self._waiting.popleft()
                heir.leads = True
                heir.wake.release()
            else:
                self._free_calls += 1

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[Entry, Result]] = deque()
        self._free_calls = self._max_calls


class _Ticket(Generic[Entry, Result]):
    """One caller's entry and what became of it."""

    __slots__ = ("entry", "error", "is_done", "key", "leads", "result", "size_bytes", "wake")

    def __init__(self, entry: Entry, key: Hashable, size_bytes: int) -> None:
        self.entry = entry
        self.key = key
        self.size_bytes = size_bytes
        self.result: Result | None = None
        self.error: Exception | None = None
        self.is_done = False
        self.leads = False
        # A bare lock as the wake-up call: a threading.Event costs several times as much.
        self.wake = threading.Lock()
        self.wake.acquire()

    def settle(self, outcome: Result | Exception) -> None:
        if isinstance(outcome, Exception):
            self.error = outcome
        else:
            self.result = outcome
        self.is_done = True
        self.wake.release()


_instances: "weakref.WeakSet[GroupCommit[Any, Any]]" = weakref.WeakSet()


def _reset_after_fork() -> None:
    # A child inherits locks and waiters of threads that do not exist in it.
    for instance in _instances:
        instance._reset()  # noqa: SLF001


os.register_at_fork(after_in_child=_reset_after_fork)
