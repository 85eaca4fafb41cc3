"""Which handler works on which event type: ``@handler("order.created")``, duplicates refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class HandlerAlreadyRegistered(Exception):
    """Another handler has this pattern already; one event type has one handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A handler and its options, named and meant as Celery names and means them.

    ``pattern`` is an event type, or a prefix with ``.*`` behind it. The function is called with
    the event, and with the Celery task before it where ``bind`` is set. Times are in seconds.
    """

    pattern: str
    function: Callable[..., Any]
    bind: bool = False
    max_retries: int = 7
    autoretry_for: tuple[type[BaseException], ...] = (Exception,)
    dont_autoretry_for: tuple[type[BaseException], ...] = ()
    retry_backoff: bool | int = True
    retry_backoff_max: int = 600
    retry_jitter: bool = True
    soft_time_limit: float | None = None
    time_limit: float | None = None

    def __post_init__(self) -> None:
        if self.max_retries < 0:
            raise ValueError(f"{self.pattern}: max_retries is 0 or more")
        if self.soft_time_limit and self.time_limit and self.soft_time_limit >= self.time_limit:
            raise ValueError(f"{self.pattern}: soft_time_limit must be below time_limit")


def record_only(event: object) -> None:  # handlers take the event
    """Succeed without doing anything: what happens to a type that nobody handles."""


_DEFAULT = Handler(pattern="none", function=record_only)
_handlers: dict[str, Handler] = {}


def handler(pattern: str, **options: Any) -> Callable[[Function], Function]:
    """Register a function for an event type, or for all below a prefix (``order.*``)."""

    def register(function: Function) -> Function:
        add_handler(Handler(pattern=pattern, function=function, **options))
        return function

    return register


def add_handler(added: Handler) -> None:
    """Register a handler; raises HandlerAlreadyRegistered."""
    if added.pattern in _handlers:
        raise HandlerAlreadyRegistered(f"{added.pattern} has a handler already")
    _handlers[added.pattern] = added


def get_handler(event_type: str) -> Handler:
    """Find the handler for a type: its own, else the longest prefix's, else the default."""
    found = _handlers.get(event_type)
    prefix = event_type
    while found is None and "." in prefix:
        prefix = prefix.rpartition(".")[0]
        found = _handlers.get(f"{prefix}.*")
    return found or _handlers.get("*", _DEFAULT)


def all_handlers() -> list[Handler]:
    """Return every registered handler, by pattern."""
    return [_handlers[pattern] for pattern in sorted(_handlers)]


def largest_max_retries() -> int:
    """Return the most retries any handler may take; the queue's redrive policy must exceed it."""
    return max(each.max_retries for each in [_DEFAULT, *_handlers.values()])


@contextmanager
def registered(pattern: str, function: Callable[..., Any], **options: Any) -> Iterator[Handler]:
    """Register a handler for the length of a ``with`` block; for tests."""
    added = Handler(pattern=pattern, function=function, **options)
    add_handler(added)
    try:
        yield added
    finally:
        del _handlers[pattern]
