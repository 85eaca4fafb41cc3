"""The client of the drills: it posts until each event is accepted, and keeps its own books."""

import http.client
import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.drills.names import DOOMED, WORK

THREADS = 32
# A client that is told to come back later does so, for as long as any outage here lasts.
PATIENCE_SECONDS = 300.0
_PAUSE_SECONDS = 0.2
_ANSWER_SECONDS = 10.0
# Above the size up to which a payload is kept on the event itself.
_LARGE_PAYLOAD = "x" * 5_000

_COME_BACK = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}


class Client:
    """Keeps a connection per thread to the API."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def request(
        self, method: str, path: str, *, body: bytes | None = None, key: str | None = None
    ) -> tuple[int, Any]:
        """Return status and JSON; raises OSError or HTTPException where no answer came."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except BaseException:
            connection.close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(
                self._address, timeout=_ANSWER_SECONDS
            )
            self._connections.append(self._local.connection)
        connection: http.client.HTTPConnection = self._local.connection
        return connection

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is sent: every 2nd event with a key, every 10th large, every 20th meant to die."""

    events: int
    spread_seconds: float
    work_seconds: float
    folder: Path


class Load:
    """Sends a plan's events, evenly spread, in threads of its own."""

    def __init__(self, url: str, drill: str, plan: Plan) -> None:
        self._client = Client(url)
        self._drill = drill
        self._plan = plan
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="load")
        self._posts: list[Future[None]] = []
        self._is_over = threading.Event()
        # On these workers handlers do not end before the file ``release`` is there.
        self.held_on: list[str] = []
        self.release = plan.folder / f"release-{drill}"
        self.accepted: dict[int, str] = {}
        self.unanswered = 0
        # How long it took until all were accepted.
        self.took_seconds = 0.0

    def start(self) -> None:
        self._began = began = time.monotonic()
        step = self._plan.spread_seconds / self._plan.events
        for number in range(self._plan.events):
            self._posts.append(self._executor.submit(self._post, number, began + number * step))

    def wait(self) -> None:
        """Return once every event was accepted; raises what went wrong."""
        for post in self._posts:
            post.result()
        self.took_seconds = self.took_seconds or time.monotonic() - self._began
        self.end()

    def end(self) -> None:
        """Stop sending, whatever is left; may be called any number of times."""
        self._is_over.set()
        self._executor.shutdown(cancel_futures=True)
        self._client.close()

    def request_of(self, number: int) -> tuple[bytes, str | None]:
        """Return an event's body and its idempotency key."""
        payload = {
            "drill": self._drill,
            "seconds": self._plan.work_seconds,
            "held_on": self.held_on,
            "release": str(self.release),
            "filler": _LARGE_PAYLOAD if number % 10 == 1 else "",
        }
        event_type = DOOMED if number % 20 == 19 else WORK
        body = json.dumps({"event_type": event_type, "payload": payload}).encode()
        return body, f"{self._drill}-{number}" if number % 2 else None

    def _post(self, number: int, due: float) -> None:
        self._is_over.wait(max(0.0, due - time.monotonic()))
        body, key = self.request_of(number)
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while not self._is_over.is_set() and time.monotonic() < ends_at:
            try:
                status, answer = self._client.request("POST", "/events", body=body, key=key)
            except (OSError, http.client.HTTPException):
                # Whether it was stored is not known. With a key, asking again is safe; without,
                # it may become two events, and the journal will show a run of each.
                self.unanswered += 1
            else:
                if status == HTTPStatus.ACCEPTED:
                    self.accepted[number] = answer["event_id"]
                    return
                if status not in _COME_BACK:
                    raise RuntimeError(f"the API answered {status}: {answer}")
            self._is_over.wait(_PAUSE_SECONDS)
        raise TimeoutError(f"event {number} was not accepted in {PATIENCE_SECONDS:g} s")
