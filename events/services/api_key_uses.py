"""When each API key was last used, written at most once a minute and never by a request."""

import math
import os
import threading
import time
from datetime import datetime, timedelta

import structlog
from django.db import Error
from django.db.models import Q

from events import background, clock
from events.models import APIKey

_logger = structlog.get_logger(__name__)

_NOTE_EVERY_SECONDS = 60.0
# What another process has just written is recent enough.
_RECENT = timedelta(seconds=30)


def note_api_key_use(key_id: str) -> None:
    """Remember that a key is in use; costs a look at the clock, and a thread once a minute."""
    uses.note(key_id)


class _Uses:
    """What is on its way to SQL."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._noted: dict[str, float] = {}
        self._waiting: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._is_writing = False

    def note(self, key_id: str) -> None:
        now = time.monotonic()
        # Two threads may both come past this, which costs a second write and nothing else.
        if now < self._noted.get(key_id, -math.inf) + _NOTE_EVERY_SECONDS:
            return
        self._noted[key_id] = now
        with self._lock:
            self._waiting[key_id] = clock.now()
            if self._is_writing:
                return
            self._is_writing = True
        if not background.run(self._write_all):
            self._is_writing = False

    def _write_all(self) -> None:
        try:
            while waiting := self._take():
                _write(waiting)
        except Error as error:
            # It is for people to look at; the next minute brings another.
            _logger.debug("api_key_use_lost", kind=type(error).__name__)
        finally:
            self._is_writing = False

    def _take(self) -> dict[str, datetime]:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._is_writing = bool(waiting)
        return waiting


def _write(waiting: dict[str, datetime]) -> None:
    for key_id, used_at in waiting.items():
        is_behind = Q(last_used_at=None) | Q(last_used_at__lt=used_at - _RECENT)
        APIKey.objects.filter(is_behind, key_id=key_id).update(last_used_at=used_at)


uses = _Uses()
os.register_at_fork(after_in_child=uses.forget)
