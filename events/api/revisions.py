"""Conditional requests: whoever has an event as it still is need not get it again."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.http import parse_etags

from events.event import Event


def etag_of(event: Event, *, media_type: str = "") -> str:
    """Return what changes with whatever is shown of an event.

    It is weak: it comes from the fields that each write changes, not from the bytes of the answer.
    A new version of this code may show an event otherwise, so that counts, too.
    """
    parts = (
        settings.VERSION,
        media_type,
        event.generation,
        event.status.value,
        event.attempt_count,
        event.updated_at.isoformat(),
        event.expires_at.isoformat(),
    )
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def is_known(environ: Mapping[str, Any], etag: str) -> bool:
    """Say whether the client has this revision already."""
    known = parse_etags(environ.get("HTTP_IF_NONE_MATCH", ""))
    return "*" in known or etag.removeprefix("W/") in {each.removeprefix("W/") for each in known}
