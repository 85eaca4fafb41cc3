"""Where event ids come from, and how two requests with one idempotency key are compared."""

import hashlib
import uuid
from datetime import UTC, datetime

import uuid_utils

from events import strict_json

_KEY_DOMAIN = b"event-platform/idempotency-key/1"
_TIMED_VERSION = 7
_FINGERPRINT_DOMAIN = b"event-platform/fingerprint/1"


def new_event_id() -> str:
    """Return a fresh id, a UUIDv7."""
    return str(uuid_utils.uuid7())


def keyed_event_id(tenant: str, idempotency_key: str) -> str:
    """Return the one id that a tenant's key stands for, a UUIDv8.

    The key becomes the id, so one conditional put both stores the event and finds repetitions.
    """
    digest = _digest(_KEY_DOMAIN, tenant, idempotency_key)
    return str(uuid.UUID(int=_with_version_8(int.from_bytes(digest[:16]))))


def is_event_id(text: str) -> bool:
    """Tell whether a text can be an id at all; only the canonical form is one."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def time_of(event_id: str) -> datetime | None:
    """Return when a fresh id was made; None for one that a key stands for."""
    parsed = uuid.UUID(event_id)
    if parsed.version != _TIMED_VERSION:
        return None
    return datetime.fromtimestamp((parsed.int >> 80) / 1_000, UTC)


def fingerprint(
    *, event_type: str, source: str | None, subject: str | None, payload_json: str
) -> str:
    """Return what is equal for two requests exactly if they carry the same event."""
    canonical_payload = strict_json.canonical(payload_json)
    parts = [event_type, _optional(source), _optional(subject), canonical_payload]
    return _digest(_FINGERPRINT_DOMAIN, *parts).hex()


def _optional(text: str | None) -> str:
    return "" if text is None else f"={text}"


def _digest(domain: bytes, *parts: str) -> bytes:
    # Each part is preceded by its length, so that no two lists of parts read the same.
    hashed = hashlib.sha256(domain)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        hashed.update(len(encoded).to_bytes(8))
        hashed.update(encoded)
    return hashed.digest()


def _with_version_8(bits: int) -> int:
    bits &= ~(0xF << 76) & ~(0x3 << 62)
    return bits | (0x8 << 76) | (0x2 << 62)
