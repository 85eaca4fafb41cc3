"""Batches as clients send them, and what becomes of each entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings

from events.api.body import read_body
from events.api.cloudevents import CloudEventBatchInput, read_cloudevent
from events.api.errors import Problem, invalid_fields
from events.api.media_types import CLOUDEVENT_BATCH, JSON, LINES, MediaType, unsupported
from events.api.models import (
    BATCH_LIMIT_EVENTS,
    BatchInput,
    LinesInput,
    read_entry,
    validate,
)
from events.event import NewEvent
from events.json_entries import Entry, TooManyEntries, read_array, read_lines
from events.strict_json import Document, InvalidJSON, JSONValue

MEDIA_TYPES = (JSON, LINES, CLOUDEVENT_BATCH)


@dataclass(frozen=True, slots=True)
class Batch:
    """A body's entries; ``pointer`` is what stands before an entry's number in a JSON pointer."""

    entries: Sequence[Entry]
    pointer: str
    read: Callable[[Document], NewEvent]

    def read_entry(self, entry: Entry) -> NewEvent:
        """Return what an entry holds, or raise what is wrong with it."""
        if entry.size_bytes > settings.BODY_LIMIT_BYTES:
            raise _entry_too_large()
        if isinstance(entry.content, InvalidJSON):
            raise entry.content
        return self.read(entry.content)


def read_batch(environ: dict[str, Any], media_type: MediaType) -> Batch:
    """Read a body into entries, or raise the problem of the body as a whole."""
    if media_type.name not in MEDIA_TYPES or not media_type.is_utf8:
        raise unsupported(MEDIA_TYPES)
    if "HTTP_IDEMPOTENCY_KEY" in environ:
        raise _key_for_all()
    body = read_body(environ, limit=settings.BATCH_BODY_LIMIT_BYTES)
    pointer = "/events" if media_type.name == JSON else ""
    try:
        return _READERS[media_type.name](body)
    except TooManyEntries:
        message = f"It must have at most {BATCH_LIMIT_EVENTS} entries."
        fault = {"pointer": pointer, "code": "too_many", "message": message}
        raise invalid_fields([fault], noun="batch") from None


def _read_events(body: bytes) -> Batch:
    entries: Any = validate(BatchInput, _read_array(body), noun="batch").events
    return Batch(entries, "/events", read_entry)


def _read_lines(body: bytes) -> Batch:
    entries = read_lines(body, depth_limit=settings.JSON_DEPTH_LIMIT, most=BATCH_LIMIT_EVENTS)
    validate(LinesInput, entries, noun="batch")
    return Batch(entries, "", read_entry)


def _read_cloudevents(body: bytes) -> Batch:
    entries: Any = validate(CloudEventBatchInput, _read_array(body), noun="batch").root
    return Batch(entries, "", read_cloudevent)


def _read_array(body: bytes) -> JSONValue:
    return read_array(body, depth_limit=settings.JSON_DEPTH_LIMIT, most=BATCH_LIMIT_EVENTS)


_READERS = {JSON: _read_events, LINES: _read_lines, CLOUDEVENT_BATCH: _read_cloudevents}


def _entry_too_large() -> Problem:
    limit = settings.BODY_LIMIT_BYTES
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "event_too_large",
        f"The event is larger than {limit} bytes.",
    )


def _key_for_all() -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "invalid_idempotency_key",
        "One key cannot stand for many events: give each its idempotency_key, "
        "or as a CloudEvent its source and id.",
        header="Idempotency-Key",
    )
