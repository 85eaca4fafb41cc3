"""An API key: what its text looks like, what it may do, and for whom."""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from events.token_bucket import RateLimit

# evp_ab12cd34_<43 characters of secret><6 of checksum>: the beginning tells a secret scanner what
# it is and a person which one; the checksum tells a typing error from a key without a look-up.
_KEY = re.compile(r"(evp_[0-9a-z]{8})_[0-9A-Za-z]{43}[0-9A-Za-z]{6}", re.ASCII)
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_DIGITS = string.digits + string.ascii_lowercase
_ID_LENGTH = 12
# 62 to the 43rd is just above 2 to the 256th.
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6


class Scope(StrEnum):
    """What a key may do; ``staff`` sees queue depths and workers, and no other tenant's events."""

    WRITE = "events:write"
    READ = "events:read"
    REPLAY = "events:replay"
    ERASE = "events:erase"
    PAUSE = "events:pause"
    STAFF = "staff"


ALL_SCOPES: frozenset[str] = frozenset(Scope)
# What a key gets unless something else is asked for.
DEFAULT_SCOPES: tuple[str, ...] = (Scope.WRITE, Scope.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What is known of a key; the key itself is not, only its digest."""

    key_id: str
    digest: bytes
    tenant: str
    scopes: frozenset[str]
    event_types: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    limit: RateLimit | None = None


def make_key() -> tuple[str, str]:
    """Return the id and the whole text of a new key."""
    key_id = "evp_" + "".join(secrets.choice(_ID_DIGITS) for _ in range(_ID_LENGTH - 4))
    secret = "".join(secrets.choice(_DIGITS) for _ in range(_SECRET_LENGTH))
    text = f"{key_id}_{secret}"
    return key_id, text + _checksum(text)


def key_id_of(text: str) -> str:
    """Return the part of a key that may be shown."""
    return text[:_ID_LENGTH]


def is_well_formed(text: str) -> bool:
    """Say whether somebody may have been given this key, or it was cut or mistyped."""
    body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return _KEY.fullmatch(text) is not None and _checksum(body) == checksum


def digest_of(text: str) -> bytes:
    """Return what is stored of a key.

    A slow hash protects what people choose. This is 256 random bits, which nobody guesses however
    fast the hash is, and it is computed for every request.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def matches_any(event_type: str, patterns: Iterable[str]) -> bool:
    """Say whether a type is one of ``order.created``, ``order.*`` or ``*``, as for handlers."""
    return any(
        pattern in ("*", event_type)
        or (pattern.endswith(".*") and event_type.startswith(pattern[:-1]))
        for pattern in patterns
    )


def _checksum(text: str) -> str:
    value = zlib.crc32(text.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)
