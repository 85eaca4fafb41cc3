"""One SQS client per process and account, made for many threads and short waits."""

import os
import threading
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any

from botocore.config import Config

from events.direct_client import DirectClient

# Sends answer in milliseconds, so a second without a connection means trouble: better to fail and
# let the caller's retry policy decide than to hold its thread.
DEFAULTS: dict[str, Any] = {
    "connect_timeout": 1,
    "read_timeout": 2,
    "retries": {"total_max_attempts": 1},
    "max_pool_connections": 50,
    "tcp_keepalive": True,
    "parameter_validation": False,
}

_DIRECT_OPERATIONS = ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
_POLL_CONNECT_SECONDS = 5
# Beyond the wait that SQS was asked for, an answer is overdue: a half-open poll ends here.
_ANSWER_SLACK_SECONDS = 5

_clients: dict[Hashable, Any] = {}
_lock = threading.Lock()


def client_config(options: dict[str, Any]) -> Config:
    """Return botocore's configuration: the defaults above, overridden by ``client-config``."""
    return Config(**{**DEFAULTS, **options})


class QueueClient(DirectClient):
    """A client for sending and settling; ``polls`` is its twin for long polls."""

    def __init__(
        self, build: Callable[[Config], Any], options: dict[str, Any], wait_time_seconds: float
    ) -> None:
        super().__init__(build(client_config(options)), *_DIRECT_OPERATIONS)
        self._build = build
        self._poll_options = {
            **options,
            "connect_timeout": _POLL_CONNECT_SECONDS,
            "read_timeout": wait_time_seconds + _ANSWER_SLACK_SECONDS,
        }

    @cached_property
    def polls(self) -> DirectClient:
        """Made by the first poll, since those who only send have no use for it."""
        return DirectClient(self._build(client_config(self._poll_options)), "ReceiveMessage")

    def close(self) -> None:
        super().close()
        if "polls" in self.__dict__:
            self.polls.close()


def shared_client(key: Hashable, build: Callable[[], Any]) -> Any:
    """Return this process's client for ``key``; making one costs some 60 ms of CPU."""
    with _lock:
        if key not in _clients:
            _clients[key] = build()
        return _clients[key]


def _forget_after_fork() -> None:
    # The parent's sockets are in the inherited clients; two processes must not share them.
    global _lock  # noqa: PLW0603  # the inherited lock may be held by a thread that is not here
    _lock = threading.Lock()
    _clients.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
