"""Making, changing, rotating and revoking API keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from events import clock
from events.api_key import DEFAULT_SCOPES, digest_of, make_key
from events.errors import APIKeyHasChanged, APIKeyHasEnded, APIKeyNotFound
from events.models import APIKey

_logger = structlog.get_logger(__name__)


def create_api_key(
    *,
    name: str,
    tenant: str,
    scopes: Sequence[str] = DEFAULT_SCOPES,
    event_types: Sequence[str] = (),
    rate_per_second: float | None = None,
    burst: int | None = None,
    expires_at: datetime | None = None,
    actor: str,
) -> tuple[APIKey, str]:
    """Make a key and return it with its text, which nobody can tell afterwards.

    Raises Django's ValidationError, which names what is wrong.
    """
    key = APIKey(
        name=name,
        tenant=tenant,
        scopes=list(scopes),
        event_types=list(event_types),
        rate_per_second=rate_per_second,
        burst=burst,
        expires_at=expires_at,
    )
    return key, issue_api_key(key, actor=actor)


def issue_api_key(key: APIKey, *, actor: str) -> str:
    """Save a key that was filled in, and return its text, which nobody can tell afterwards."""
    key.key_id, text = make_key()
    key.digest = digest_of(text)
    key.created_by = actor
    key.full_clean()
    key.save(force_insert=True)
    _logger.info("api_key_created", key_id=key.key_id, tenant=key.tenant, actor=actor)
    return text


def update_api_key(
    key_id: str,
    changes: Mapping[str, Any],  # whatever its columns hold
    *,
    revision: str,
    actor: str,
) -> APIKey:
    """Change some columns of a key, and nothing that somebody else changed since ``revision``.

    Raises ValidationError, APIKeyNotFound, or APIKeyHasChanged if it is another revision by now.
    """
    with transaction.atomic():
        key = _locked(key_id)
        if key.revision != revision:
            raise APIKeyHasChanged(f"{key_id} was changed meanwhile; look at it again.")
        for name, value in changes.items():
            setattr(key, name, value)
        key.full_clean()
        key.save(update_fields=list(changes))
    _logger.info("api_key_updated", key_id=key_id, changed=sorted(changes), actor=actor)
    return key


def revoke_api_key(key_id: str, *, actor: str) -> APIKey:
    """End a key: no process takes it half a minute from now; an ended one stays as it is.

    Raises APIKeyNotFound.
    """
    with transaction.atomic():
        key = _locked(key_id)
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            _logger.info("api_key_revoked", key_id=key_id, tenant=key.tenant, actor=actor)
    return key


def rotate_api_key(
    key_id: str, *, overlap: timedelta, expires_at: datetime | None = None, actor: str
) -> tuple[APIKey, str]:
    """Make a successor that may do the same; the old key ends after the overlap, or earlier.

    Unless an end is given, the successor ends when the old key would have ended. Raises
    APIKeyNotFound, or APIKeyHasEnded if there is nothing to succeed.
    """
    with transaction.atomic():
        old = _locked(key_id)
        ends_at = clock.now() + overlap
        if not old.is_in_force:
            raise APIKeyHasEnded(f"{key_id} is revoked or expired; make a new key instead.")
        key, text = create_api_key(
            name=old.name,
            tenant=old.tenant,
            scopes=old.scopes,
            event_types=old.event_types,
            rate_per_second=old.rate_per_second,
            burst=old.burst,
            expires_at=expires_at or old.expires_at,
            actor=actor,
        )
        old.expires_at = min(ends_at, old.expires_at or ends_at)
        old.save(update_fields=["expires_at"])
    _logger.info("api_key_rotated", key_id=key_id, successor=key.key_id, actor=actor)
    return key, text


def _locked(key_id: str) -> APIKey:
    try:
        return APIKey.objects.select_for_update().get(key_id=key_id)
    except APIKey.DoesNotExist:
        raise APIKeyNotFound(f"There is no API key {key_id}.") from None
