"""What a producer sees of the hosts: events posted, and what became of them."""

import json
import threading
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any, Self

from tests.processes import eventually


class Client:
    """Speaks to one address with one key, by a new connection for each request."""

    def __init__(self, url: str, key: str, *, name: str = "") -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        self._key = key
        if name:
            self._headers["Host"] = name

    def at(self, url: str, *, name: str) -> "Client":
        """Return the same client of another host, which it calls by a name."""
        return Client(url, self._key, name=name)

    def post(self, event_type: str, payload: Any = None) -> str:
        event = {"event_type": event_type, "payload": payload or {}}
        event_id: str = self._ask("/events", json.dumps(event).encode())["event_id"]
        return event_id

    def get(self, event_id: str) -> dict[str, Any]:
        event: dict[str, Any] = self._ask(f"/events/{event_id}")
        return event

    def page(self, cursor: str = "", *, limit: int = 1) -> dict[str, Any]:
        """Return some events of the list, and where it goes on."""
        onwards = f"&cursor={cursor}" if cursor else ""
        page: dict[str, Any] = eventually(
            lambda: self._ask_patiently(f"/events?limit={limit}{onwards}"), "the list is read"
        )
        return page

    def statuses(self) -> dict[str, str]:
        """Read the whole list: the status of each event, by its id."""
        found: dict[str, str] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = self.page(cursor, limit=200)
            found |= {each["event_id"]: each["status"] for each in page["events"]}
            cursor = page["next"]
        return found

    def version(self) -> str:
        version: str = self._ask("/health/live")["version"]
        return version

    def has_ended(self, event_id: str) -> bool:
        return self.get(event_id)["status"] in {"succeeded", "dead"}

    def _ask_patiently(self, path: str) -> Any:
        try:
            return self._ask(path)
        except urllib.error.HTTPError as error:
            # On a busy machine, the emulator sorts a long list for longer than the store waits.
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return None

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(self._url + path, body, self._headers)  # noqa: S310  # a test's host
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())


class Load:
    """Posts without a pause from some threads while the block runs; keeps ids and failures."""

    def __init__(self, client: Client, *, threads: int = 4) -> None:
        self._client = client
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._post) for _ in range(threads)]
        self.event_ids: list[str] = []
        self.failures: list[str] = []
        self.longest_seconds = 0.0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _post(self) -> None:
        while not self._is_over.is_set():
            started = time.monotonic()
            try:
                self.event_ids.append(self._client.post("demo.echo"))
            except OSError as error:
                self.failures.append(repr(error))
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - started)
            # Load enough to be cut off by any gap, and little enough to be worked off beside it.
            self._is_over.wait(0.1)
