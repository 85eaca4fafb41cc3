"""Cursors: where a list goes on, signed, and of no use for another list."""

import json
from http import HTTPStatus

from django.core.signing import BadSignature, Signer, b64_decode, b64_encode

from events.api.errors import Problem
from events.queries import EventFilter

_PURPOSE = "events.cursor.1"


def make_cursor(sort_key: str, *, tenant: str, event_filter: EventFilter) -> str:
    """Make the cursor of a tenant's list under a filter."""
    return _signer(tenant, event_filter).sign(b64_encode(sort_key.encode()).decode())


def read_cursor(cursor: str, *, tenant: str, event_filter: EventFilter) -> str:
    """Return the sort key, or raise the ``Problem`` of a cursor that was not made for this list."""
    try:
        encoded = _signer(tenant, event_filter).unsign(cursor)
    except BadSignature:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "invalid_cursor",
            "The cursor is not of this list. Send it as it stood in next, with the same filters, "
            "or begin again without one.",
            parameter="cursor",
        ) from None
    return b64_decode(encoded.encode()).decode()


def _signer(tenant: str, event_filter: EventFilter) -> Signer:
    # The salt makes the key: a cursor of another list has a wrong signature. Old secret keys,
    # those of SECRET_KEY_FALLBACKS, are still taken.
    list_name = json.dumps([tenant, event_filter.to_dict()], sort_keys=True)
    return Signer(sep=".", salt=f"{_PURPOSE}:{list_name}")
