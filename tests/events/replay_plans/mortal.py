"""A worker that dies: before or after a call to the store or the queue, or halfway through one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from events import dispatch
from events.store import connection
from events.store.connection import Statement
from tests.fakes import FakeDispatcher


class Died(BaseException):
    """The process is gone: no code of the platform may catch this."""


class Death(NamedTuple):
    """At which call, and which part of it was done: of a call of many writes, so many of them."""

    call: int
    done: float


class Mortality:
    """Counts calls, and ends the worker at one of them."""

    def __init__(self) -> None:
        self.calls = 0
        self._death: Death | None = None

    @contextmanager
    def of(self, death: Death | None) -> Iterator[None]:
        """Let a worker live whose death this is, if it comes so far."""
        self.calls, self._death = 0, death
        try:
            yield
        except Died:
            return
        finally:
            self._death = None

    def act(self, whole: Callable[[], Any], part: Callable[[float], Any]) -> Any:
        self.calls += 1
        if self._death is None or self._death.call != self.calls:
            return whole()
        part(self._death.done)
        raise Died


@contextmanager
def mortality() -> Iterator[Mortality]:
    """Make whoever calls store and queue mortal."""
    made = Mortality()
    execute, execute_all, call = connection.execute, connection.execute_all, connection.call
    dispatcher = dispatch.dispatcher()
    assert isinstance(dispatcher, FakeDispatcher)
    send_all = dispatcher.send_all

    def execute_or_die(statement: Statement, **options: Any) -> Any:
        return _all_or_nothing(made, lambda: execute(statement, **options))

    def call_or_die(operation: str, **arguments: Any) -> Any:
        return _all_or_nothing(made, lambda: call(operation, **arguments))

    def execute_all_or_die(writes: Sequence[Statement], **options: Any) -> Any:
        return made.act(
            lambda: execute_all(writes, **options),
            lambda done: execute_all(writes[: round(done * len(writes))], **options),
        )

    def send_all_or_die(event_ids: Sequence[str], **options: Any) -> Any:
        return made.act(
            lambda: send_all(event_ids, **options),
            lambda done: send_all(event_ids[: round(done * len(event_ids))], **options),
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "execute", execute_or_die)
        patch.setattr(connection, "execute_all", execute_all_or_die)
        patch.setattr(connection, "call", call_or_die)
        patch.setattr(dispatcher, "send_all", send_all_or_die)
        yield made


def _all_or_nothing(made: Mortality, act: Callable[[], Any]) -> Any:
    return made.act(act, lambda done: act() if done >= 0.5 else None)
