"""The few questions that a verification asks, over kept connections and with patience."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

CONNECTIONS = 16
_TRIES = 8
_LONGEST_WAIT_SECONDS = 30.0
_COME_BACK = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


class HostError(Exception):
    """The host does not answer as the platform does; the message says what to do."""


class SlowHostError(HostError):
    """It asked to come back later, again and again."""


class API:
    """One tenant's view of the platform."""

    def __init__(
        self, url: str, key: str = "", *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise HostError(f"HOST must be an address like http://127.0.0.1:8000, not {url!r}.")
        self._url = url.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._sleep = sleep
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS, block=True, retries=False, timeout=urllib3.Timeout(30)
        )

    def check(self) -> None:
        """Raise unless this is the platform and it takes the key."""
        status, health = self._ask("/health", {})
        if status != HTTPStatus.OK or not isinstance(health, dict) or "status" not in health:
            raise HostError(f"{self._url}/health answered {status}: is that the platform?")
        # An event that is none shows whether the key may write, and writes nothing.
        for expected, body in ((HTTPStatus.OK, None), (HTTPStatus.UNPROCESSABLE_ENTITY, b"{}")):
            status, _ = self._ask("/events", {"limit": "1"} if body is None else {}, body=body)
            if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise HostError(
                    f"{self._url} refused the key ({status}). LOAD_KEY and LOAD_NOISY_KEY take "
                    "one with the scopes events:write and events:read; manage.py api_key create "
                    "makes it."
                )
            if status != expected:
                raise HostError(f"{self._url}/events answered {status}.")

    def find(self, event_id: str) -> dict[str, Any] | None:
        """Return the event with its attempts, or none if there is none."""
        status, event = self._ask(f"/events/{event_id}", {})
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK or not isinstance(event, dict):
            raise HostError(f"{self._url} answered {status} when it was asked for {event_id}.")
        return event

    def list(self, query: Mapping[str, str]) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of rows and the cursor of the next."""
        status, page = self._ask("/events", query, tries=2)
        if status != HTTPStatus.OK or not isinstance(page, dict):
            raise HostError(f"{self._url} answered {status} to {query}.")
        return page["events"], page["next"]

    def _ask(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        body: bytes | None = None,
        tries: int = _TRIES,
    ) -> tuple[int, Any]:
        """Ask until there is an answer that is not to come back later; raises if there is none."""
        method = "GET" if body is None else "POST"
        address = f"{self._url}{path}" + (f"?{urlencode(query)}" if query else "")
        for attempt in range(tries):
            try:
                answer = self._pool.request(method, address, headers=self._headers, body=body)
            except urllib3.exceptions.HTTPError as error:
                fault = f"{self._url} cannot be reached ({error}). Does it run there?"
                wait = 0.2 * 2**attempt
            else:
                if answer.status not in _COME_BACK:
                    return answer.status, _json(answer)
                fault = f"{self._url} goes on answering {answer.status}."
                wait = read_retry_after(answer.headers)
            if attempt < tries - 1:
                self._sleep(min(wait, _LONGEST_WAIT_SECONDS))
        raise SlowHostError(fault)


def read_retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds to come back after: one where none, or a date, is named."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 1.0


def _json(answer: urllib3.BaseHTTPResponse) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
