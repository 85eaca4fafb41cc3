"""Counting failures by kind: in memory at once, and in the store as soon as it takes more.

An attempt that succeeds costs nothing. The first failure is stored at once, and what fails within
the second after it together: one write for a death, and far fewer where many die. What a killed
process had not stored is not counted, a second's failures at the most; the events themselves lack
nothing.
"""

import os
import secrets
import threading
import time

import structlog

from events import clock
from events.error_group import ErrorGroup
from events.errors import EventError
from events.event import AttemptError, ClaimedEvent
from events.store import error_groups as store
from events.store.error_groups import Part

_logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 1.0
# Of tenants and fingerprints together; while so many wait for the store, others are not counted.
_GROUPS_LIMIT = 1_000
_MESSAGE_LIMIT = 200

_Key = tuple[str, str]


class Tally:
    """What this process has seen fail and the store lacks."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # A child counts under a name of its own.
        self._writer = secrets.token_hex(4)
        self._number = 0
        self._seen: dict[_Key, ErrorGroup] = {}
        # Under way to the store; what comes meanwhile is another part.
        self._unsent: list[Part] = []
        self._is_full = False
        self._is_running = False
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()

    def note(self, claimed: ClaimedEvent, error: AttemptError, *, is_death: bool) -> None:
        """Remember a failed attempt, by which its event may have died."""
        group = _group_of(claimed, error, is_death=is_death)
        key = (group.tenant, group.fingerprint)
        with self._lock:
            known = self._seen.get(key)
            if known is None and len(self._seen) >= _GROUPS_LIMIT:
                self._tell_full()
                return
            self._seen[key] = group if known is None else known.with_more(group)
            starts, self._is_running = not self._is_running, True
        if starts:
            self._start()

    def flush(self) -> None:
        """Store what is new; what the store does not take stays for the next time."""
        with self._flush_lock:
            try:
                while self._take_part():
                    self._unsent = store.add_all(self._unsent)
                    if self._unsent:
                        _logger.warning("error_groups_postponed", count=len(self._unsent))
                        return
            except EventError as error:
                _logger.warning("error_groups_postponed", reason=error.code)

    def _take_part(self) -> bool:
        """Make a part of what is new, unless the last one is still under way; False if nothing."""
        with self._lock:
            if not self._unsent and self._seen:
                self._number += 1
                self._unsent = [
                    Part(group=each, writer=self._writer, number=self._number)
                    for each in self._seen.values()
                ]
                self._seen = {}
                self._is_full = False
        return bool(self._unsent)

    def _tell_full(self) -> None:
        if not self._is_full:
            self._is_full = True
            _logger.warning("error_groups_dropped", limit=_GROUPS_LIMIT)

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="error-groups", daemon=True).start()
        except RuntimeError:
            # The process ends, or has too many threads: the next one tries again.
            self._is_running = False

    def _run(self) -> None:
        """Store at once and then every second, until there has been nothing new for that long."""
        while True:
            self.flush()
            time.sleep(FLUSH_SECONDS)
            with self._lock:
                if not self._seen and not self._unsent:
                    self._is_running = False
                    return


def flush_error_groups() -> None:
    """Store at once what this process has seen fail."""
    tally.flush()


def _group_of(claimed: ClaimedEvent, error: AttemptError, *, is_death: bool) -> ErrorGroup:
    now = clock.now()
    version = claimed.attempts[-1].version
    return ErrorGroup(
        tenant=claimed.tenant,
        event_type=claimed.event_type,
        fingerprint=error.fingerprint,
        error_type=error.type,
        message=error.message[:_MESSAGE_LIMIT],
        failed_attempts=1,
        deaths=int(is_death),
        first_seen_at=now,
        last_seen_at=now,
        first_version=version,
        last_version=version,
        example_event_id=claimed.event_id,
    )


tally = Tally()
os.register_at_fork(after_in_child=tally.forget)
