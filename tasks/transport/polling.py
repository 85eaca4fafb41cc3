"""Long polls that end in bounded time, and whose failures are values rather than exceptions."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pycurl
from kombu.asynchronous.aws.sqs.connection import AsyncSQSConnection
from kombu.asynchronous.http import curl
from kombu.asynchronous.hub import Hub

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 5
# Beyond the wait that SQS was asked for, an answer is overdue.
ANSWER_SLACK_SECONDS = 5
CONCURRENT_POLLS = 32

# kombu's stubs leave out the members that have to be overridden here.
_CurlClient: Any = curl.CurlClient
_Connection: Any = AsyncSQSConnection


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


class PollingConnection(_Connection):  # type: ignore[misc]  # see _Connection
    """Receives messages; where kombu raises or answers with a list, it gives a FailedPoll."""

    def _on_list_ready(self, *request: Any) -> Any:
        try:
            answer = super()._on_list_ready(*request)
            if isinstance(answer, dict):
                return {"Messages": [_checked(each) for each in answer.get("Messages") or ()]}
        except Exception as error:  # noqa: BLE001  # a 4xx is a bare Exception; bodies may be anything
            return FailedPoll(error)
        response = request[-1]
        return FailedPoll(f"HTTP {response.status} {response.reason}")


def _checked(message: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(message["ReceiptHandle"], str) or not isinstance(message["Body"], str):
        raise TypeError("SQS answered with something else than messages")
    return message


class TimedCurlClient(_CurlClient):  # type: ignore[misc]  # see _CurlClient
    """A curl client with timeouts: kombu sets none, and a half-open poll would hang for ever."""

    def __init__(self, hub: Hub, request_timeout_seconds: float) -> None:
        self._request_timeout_seconds = request_timeout_seconds
        super().__init__(hub, max_clients=CONCURRENT_POLLS)

    def run_until(self, is_done: Callable[[], bool], timeout_seconds: float) -> None:
        """Keep transfers going without the hub, for a main thread that is about to leave it."""
        end = time.monotonic() + timeout_seconds
        self._pop_from_hub()
        while not is_done() and time.monotonic() < end:
            self._multi.select(0.1)
            self._multi.socket_all()
            self._process_pending_requests()
        self._push_to_hub()

    def _set_timeout(self, msecs: int) -> None:
        # curl speaks milliseconds, the hub seconds: kombu hands one to the other, and with
        # timeouts set each poll would leave a timer behind for hours. The client looks at its
        # transfers every second anyway, so only shorter waits need a timer.
        if 0 <= msecs < 1000:  # noqa: PLR2004  # a second in milliseconds
            self.hub.call_later(msecs / 1000, self._timeout_check)

    def _setup_request(self, handle: Any, *request: Any) -> None:
        super()._setup_request(handle, *request)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_SECONDS)
        handle.setopt(pycurl.TIMEOUT_MS, int(self._request_timeout_seconds * 1000))
        handle.setopt(pycurl.TCP_KEEPALIVE, 1)


def curl_client(hub: Any, wait_time_seconds: float) -> TimedCurlClient:
    """Return the hub's client, which kombu looks up under this very name, or make it."""
    client = getattr(hub, "_current_http_client", None)
    if not isinstance(client, TimedCurlClient):
        client = TimedCurlClient(hub, wait_time_seconds + ANSWER_SLACK_SECONDS)
        hub._current_http_client = client  # noqa: SLF001  # kombu offers no other way in
    return client
