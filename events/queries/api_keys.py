"""Which API keys there are: in memory, at most half a minute old."""

import hmac
from datetime import timedelta

from django.db.models import Q

from events import clock
from events.api_key import KeyRecord, digest_of, is_well_formed, key_id_of
from events.models import APIKey
from events.snapshot import Snapshot

# A revoked key works nowhere after this time.
MAX_AGE_SECONDS = 30.0
# A key that was made a moment ago is looked for once more, no more often than this.
_MAX_AGE_OF_UNKNOWN_SECONDS = 1.0
# A key that has ended is remembered for so long, to tell its holder what happened.
_REMEMBERED = timedelta(days=30)


def find_api_key(text: str) -> KeyRecord | None:
    """Return the key with this text, an expired or revoked one too; no query on the usual path.

    Raises DatabaseUnavailable if the keys were never read.
    """
    record = _find(text, known_keys.get())
    if record is None and is_well_formed(text):
        record = _find(text, known_keys.get(max_age_seconds=_MAX_AGE_OF_UNKNOWN_SECONDS))
    return record


def list_api_keys(*, tenant: str | None = None, with_ended: bool = False) -> list[APIKey]:
    """Return the keys as SQL has them now, those of one tenant if it is named."""
    keys = APIKey.objects.all() if tenant is None else APIKey.objects.filter(tenant=tenant)
    return [key for key in keys if with_ended or key.is_in_force]


def _find(text: str, records: dict[str, KeyRecord]) -> KeyRecord | None:
    record = records.get(key_id_of(text))
    # Its time must not tell how much of the digest was right.
    if record is None or not hmac.compare_digest(record.digest, digest_of(text)):
        return None
    return record


def _load() -> dict[str, KeyRecord]:
    ended = clock.now() - _REMEMBERED
    keys = APIKey.objects.exclude(Q(revoked_at__lt=ended) | Q(expires_at__lt=ended))
    return {key.key_id: key.to_record() for key in keys.iterator()}


known_keys = Snapshot(_load, max_age_seconds=MAX_AGE_SECONDS)
