"""Cursors: where a list goes on, readable to nobody else, and of no use for another list."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha512
from http import HTTPStatus
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.core.signing import b64_decode, b64_encode

from events.api.errors import Problem

_PURPOSE = "events.cursor.2"
# A place, its tag, and room to spare: what is longer is no cursor, and costs no work.
_LENGTH_LIMIT = 1_024


def make_cursor(place: str, *, of: Sequence[Any]) -> str:
    """Make the cursor of a list, which is named by its tenant, its filter and whatever else.

    A place may be that of an event which the client may not see, so it is encrypted. The same
    place always makes the same cursor.
    """
    cipher = next(_ciphers())
    return b64_encode(cipher.encrypt(place.encode(), [_name(of)])).decode()


def read_cursor(cursor: str, *, of: Sequence[Any]) -> str:
    """Return the place, or raise the ``Problem`` of a cursor that was not made for this list."""
    sealed = _decode(cursor)
    for cipher in _ciphers():
        try:
            return cipher.decrypt(sealed, [_name(of)]).decode()
        except InvalidTag:
            continue
    raise Problem(
        HTTPStatus.BAD_REQUEST,
        "invalid_cursor",
        "The cursor is not of this list. Send it as it stood in next, with the same filters, "
        "or begin again without one.",
        parameter="cursor",
    )


def _decode(cursor: str) -> bytes:
    """Return what was encoded, nothing if this is not just how we would have done it."""
    if len(cursor) > _LENGTH_LIMIT:
        return b""
    try:
        sealed = b64_decode(cursor.encode("ascii"))
    except ValueError:
        return b""
    return sealed if b64_encode(sealed).decode() == cursor else b""


def _ciphers() -> Iterator[AESSIV]:
    """Yield that of the secret key first, then those of the secret keys that it has succeeded."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield AESSIV(sha512(f"{_PURPOSE}:{secret}".encode()).digest())


def _name(list_name: Sequence[Any]) -> bytes:
    return json.dumps(list_name, sort_keys=True).encode()
