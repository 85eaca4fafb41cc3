"""The seam between events and the queue: whatever ``settings.EVENTS_DISPATCHER`` names."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from events.event import QueueDepths


class Dispatcher(Protocol):
    """How work reaches a worker; failures are ``QueueUnavailable``."""

    def send(self, *, event_id: str, generation: int, tenant: str) -> None:
        """Queue one run of the event's handler; returns once the queue has it."""

    def send_all(self, event_ids: Sequence[str], *, generation: int, tenant: str) -> list[str]:
        """Queue one run for each event; return the ids that the queue did not take."""

    def depths(self) -> dict[str, QueueDepths]:
        """Messages in the ``work`` and the ``dead_letter`` queue."""


@cache
def dispatcher() -> Dispatcher:
    """Return the configured dispatcher, one per process."""
    configured: Dispatcher = import_string(settings.EVENTS_DISPATCHER)()
    return configured
