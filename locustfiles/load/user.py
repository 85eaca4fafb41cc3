"""What every persona does: it has a key, a pace, and writes down what was accepted."""

import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput
from locust.env import Environment

from locustfiles.load import gathering, locust_options  # noqa: F401  # registered by import
from locustfiles.load.accepted import Accepted, book
from locustfiles.load.api import read_retry_after
from locustfiles.load.payloads import make_event

# Locust's ResponseContextManager, which is typed by halves.
Answer = Any
_LONGEST_PAUSE_SECONDS = 30.0
_COME_BACK = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class PlatformUser(FastHttpUser):
    """Asks ``rate`` times a second, however long the answers take; a persona may scale it."""

    abstract = True
    is_noisy = False
    # Times the run's rate.
    pace = 1.0
    # As long as a patient client would wait.
    network_timeout = 30.0
    connection_timeout = 10.0
    insecure = False

    def __init__(self, environment: Environment) -> None:
        options: Any = environment.parsed_options
        key = options.noisy_key if self.is_noisy else options.key
        self.default_headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(environment)
        self.source = f"load/{options.run}"
        self._rate: float = options.rate * self.pace

    def on_start(self) -> None:
        """Begin at a moment of its own: users spawned together would ask together ever after."""
        gevent.sleep(random.uniform(0, 1 / self._rate))  # noqa: S311  # no secret

    def wait_time(self) -> float:
        wait: float = constant_throughput(self._rate)(self)
        return wait

    @contextmanager
    def ask(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "",
        name: str = "",
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (HTTPStatus.OK,),
    ) -> Iterator[Answer]:
        """Make a request; another status than expected is a failure with the problem's code."""
        is_raw = body is None or isinstance(body, str)
        with self.client.request(
            method or ("GET" if body is None else "POST"),
            path,
            name=name or None,
            data=body if is_raw else json.dumps(body),
            headers={"Content-Type": "application/json", **(headers or {})},
            catch_response=True,
        ) as answer:
            if answer.status_code not in expected:
                answer.failure(describe(answer))
                self._come_back_later(answer)
            else:
                answer.success()
            try:
                yield answer
            except (ValueError, KeyError, TypeError) as error:
                answer.failure(f"{answer.status_code} with another body: {type(error).__name__}")
                raise

    def post_event(self, event: Any = None, *, key: str = "") -> Accepted | None:
        """Post an event and write its id down; none where it was not accepted."""
        headers = {"Idempotency-Key": key} if key else {}
        body = event or make_event(self.source)
        with self.ask(
            "/events", body, name=self.title("/events"), headers=headers, expected=(202,)
        ) as answer:
            return (
                self.note(answer.json(), key=key)
                if answer.status_code == HTTPStatus.ACCEPTED
                else None
            )

    def note(self, shown: Mapping[str, Any], *, key: str = "") -> Accepted:
        accepted = Accepted(
            event_id=shown["event_id"],
            received_at=shown.get("received_at", ""),
            persona=type(self).__name__,
            is_noisy=self.is_noisy,
            generation=shown.get("generation", 1),
            idempotency_key=key,
        )
        book.add(accepted)
        return accepted

    def note_all(self, answer: Answer, keys: Sequence[str] = ()) -> None:
        """Write down what a batch's answer accepted; what it refused makes the request fail."""
        shown = answer.json()
        results = shown["results"]
        for result, key in zip(results, keys or [""] * len(results), strict=True):
            if "event_id" in result:
                self.note(result, key=key)
        if shown["failed_count"]:
            answer.failure(f"{shown['failed_count']} entries were refused")

    def title(self, request: str) -> str:
        """Name a request for the report, which keeps the noisy tenant's apart."""
        return f"{request} (noisy)" if self.is_noisy else request

    def _come_back_later(self, answer: Answer) -> None:
        if answer.status_code in _COME_BACK:
            gevent.sleep(min(read_retry_after(answer.headers or {}), _LONGEST_PAUSE_SECONDS))


def describe(answer: Answer) -> str:
    """Say what was answered in words that are the same for all failures of a kind."""
    if not answer.status_code:
        return f"no answer: {type(answer.error).__name__}"
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
