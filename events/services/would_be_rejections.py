"""Counting what a schema in mode warn would have refused, in memory and every few seconds stored.

An event costs a look into a dictionary; each process writes an item for each tenant and type with
news every five seconds. What a killed process counted in its last seconds is lost.
"""

import atexit
import os
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from events import clock
from events.errors import EventError
from events.store import would_be_rejections as store
from events.store.would_be_rejections import WouldBeRejections

_logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0
# Of tenants and types together; the idlest is forgotten for another, once it is stored.
_KEYS_LIMIT = 1_000
_FAULTS_KEPT = 5
# Pointers hold the names of clients' fields, which may be long.
_POINTER_LIMIT = 200


@dataclass(frozen=True, slots=True)
class _Key:
    tenant: str
    event_type: str
    version: int


class Tally:
    """What this process has seen; each of its parts of a sum has a name that no other part has."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # The idlest first.
        self._seen: dict[_Key, WouldBeRejections] = {}
        self._parts: dict[_Key, str] = {}
        # What the store lacks.
        self._news: set[_Key] = set()
        self._is_full = False
        self._lock = threading.Lock()
        self._is_running = False

    def note(
        self, *, tenant: str, event_type: str, version: int, faults: Sequence[Mapping[str, str]]
    ) -> None:
        """Remember one event that would have been refused."""
        key = _Key(tenant, event_type, version)
        places = tuple(
            (fault["pointer"][:_POINTER_LIMIT], fault["code"]) for fault in faults[:_FAULTS_KEPT]
        )
        with self._lock:
            if key not in self._parts and not self._begin(key):
                return
            before = self._seen.pop(key, None)
            count = 1 if before is None else before.count + 1
            self._seen[key] = WouldBeRejections(
                count=count, last_seen_at=clock.now(), faults=places
            )
            self._news.add(key)
            starts, self._is_running = not self._is_running, True
        if starts:
            self._start()

    def flush(self) -> None:
        """Store what is new; what the store does not take stays for the next time."""
        with self._lock:
            news = [(key, self._parts[key], self._seen[key]) for key in self._news]
        for key, part, seen in news:
            try:
                store.put(
                    part,
                    tenant=key.tenant,
                    event_type=key.event_type,
                    version=key.version,
                    seen=seen,
                )
            except EventError as error:
                _logger.warning("would_be_rejections_postponed", reason=error.code)
                return
            with self._lock:
                if self._seen.get(key) is seen:
                    self._news.discard(key)

    def _begin(self, key: _Key) -> bool:
        """Make room for a key; False if the store lacks something of all the others."""
        if len(self._parts) >= _KEYS_LIMIT:
            idlest = next((each for each in self._seen if each not in self._news), None)
            if idlest is None:
                self._tell_full()
                return False
            del self._seen[idlest], self._parts[idlest]
        # A new part: counting begins anew, and a smaller count replaces no larger one.
        self._parts[key] = secrets.token_hex(4)
        return True

    def _tell_full(self) -> None:
        if not self._is_full:
            self._is_full = True
            _logger.warning("would_be_rejections_dropped", limit=_KEYS_LIMIT)

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="would-be-rejections", daemon=True).start()
        except RuntimeError:
            # The process ends, or has too many threads: the next one tries again.
            self._is_running = False

    def _run(self) -> None:
        """Store every few seconds, until there has been nothing new for that long."""
        while True:
            time.sleep(FLUSH_SECONDS)
            self.flush()
            with self._lock:
                if not self._news:
                    self._is_running = False
                    return


tally = Tally()
os.register_at_fork(after_in_child=tally.forget)
atexit.register(tally.flush)
