"""Cursors: where a list goes on, signed, and of no use for another list."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.signing import BadSignature, Signer, b64_decode, b64_encode

from events.api.errors import Problem

_PURPOSE = "events.cursor.1"


def make_cursor(place: str, *, of: Sequence[Any]) -> str:
    """Make the cursor of a list, which is named by its tenant, its filter and whatever else."""
    return _signer(of).sign(b64_encode(place.encode()).decode())


def read_cursor(cursor: str, *, of: Sequence[Any]) -> str:
    """Return the place, or raise the ``Problem`` of a cursor that was not made for this list."""
    try:
        encoded = _signer(of).unsign(cursor)
    except BadSignature:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "invalid_cursor",
            "The cursor is not of this list. Send it as it stood in next, with the same filters, "
            "or begin again without one.",
            parameter="cursor",
        ) from None
    return b64_decode(encoded.encode()).decode()


def _signer(list_name: Sequence[Any]) -> Signer:
    # The salt makes the key: a cursor of another list has a wrong signature. Old secret keys,
    # those of SECRET_KEY_FALLBACKS, are still taken.
    return Signer(sep=".", salt=f"{_PURPOSE}:{json.dumps(list_name, sort_keys=True)}")
