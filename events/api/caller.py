"""Who asks: the tenant that a request speaks for, and what its key allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings

from events import clock, queries, services
from events.api import limits
from events.api.errors import Problem
from events.api_key import ALL_SCOPES, Scope, matches_any
from events.token_bucket import RateLimit

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a request comes from, and what it may do; ``key_id`` is None where keys are off."""

    tenant: str
    key_id: str | None = None
    scopes: frozenset[str] = ALL_SCOPES
    # Empty means all types.
    event_types: tuple[str, ...] = ()
    limit: RateLimit | None = None

    @property
    def is_staff(self) -> bool:
        """Say whether it may see what belongs to no tenant: queue depths and workers."""
        return Scope.STAFF in self.scopes

    @property
    def actor(self) -> str:
        """Say who did it, for what is kept of replays and erasures."""
        return self.key_id or "anybody"

    def require(self, scope: str) -> None:
        """Raise the ``Problem`` of a key that lacks a scope."""
        if scope not in self.scopes:
            raise _missing_scope(scope)

    def may_use(self, event_type: str) -> bool:
        """Say whether the key's event types include this one."""
        return not self.event_types or matches_any(event_type, self.event_types)

    def check_event_type(self, event_type: str) -> None:
        """Raise the ``Problem`` of a key that may not use an event type."""
        if not self.may_use(event_type):
            raise _forbidden_event_type(self.event_types)

    def expect_room(self) -> None:
        """Raise the ``Problem`` 429 of a key that has plainly used its limit up; asks nobody.

        For before a body is read, which costs more than to refuse it.
        """
        if self.limit is not None and self.key_id is not None:
            limits.expect_room(self.key_id, self.limit)

    def take(self, count: int) -> None:
        """Take so many events out of the key's limit, or raise the ``Problem`` 429.

        More than a burst is granted to a key that has not used any of it, and is paid off before
        anything else.
        """
        if self.limit is not None and self.key_id is not None:
            limits.take(self.key_id, self.limit, count)

    def limit_headers(self) -> Mapping[str, str]:
        if self.limit is None or self.key_id is None:
            return {}
        return limits.headers(self.key_id, self.limit)


_ANYBODY = Caller(tenant=DEFAULT_TENANT)


def identify(environ: Mapping[str, Any]) -> Caller:
    """Tell who asks from the request's headers; no query on the usual path.

    Raises the ``Problem`` of a missing or useless key, or DatabaseUnavailable.
    """
    header = environ.get("HTTP_AUTHORIZATION")
    if header is None:
        if settings.API_KEYS_REQUIRED:
            raise _unauthorized("missing_api_key", "Send an API key: Authorization: Bearer evp_...")
        return _ANYBODY
    record = queries.find_api_key(_bearer(header))
    if record is None:
        raise _unauthorized("invalid_api_key", "There is no such API key.")
    # Only who holds the very key hears that it has ended.
    if record.revoked_at is not None:
        raise _unauthorized("revoked_api_key", "This API key was revoked.")
    if record.expires_at is not None and record.expires_at <= clock.now():
        raise _unauthorized("expired_api_key", "This API key has expired.")
    services.note_api_key_use(record.key_id)
    return Caller(
        tenant=record.tenant,
        key_id=record.key_id,
        scopes=record.scopes,
        event_types=record.event_types,
        limit=record.limit,
    )


def _bearer(header: str) -> str:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthorized("invalid_api_key", "An API key goes behind the word Bearer.")
    return text.strip()


def _unauthorized(code: str, detail: str) -> Problem:
    # https://www.rfc-editor.org/rfc/rfc6750#section-3
    error = "" if code == "missing_api_key" else ', error="invalid_token"'
    challenge = f'Bearer realm="events"{error}'
    return Problem(HTTPStatus.UNAUTHORIZED, code, detail, headers={"WWW-Authenticate": challenge})


def _missing_scope(scope: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "missing_scope",
        f"This API key lacks the scope {scope}.",
        headers={
            "WWW-Authenticate": f'Bearer realm="events", error="insufficient_scope", '
            f'scope="{scope}"'
        },
        scope=scope,
    )


def _forbidden_event_type(event_types: tuple[str, ...]) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "event_type_not_allowed",
        f"This API key is for events of {', '.join(event_types)} only.",
        event_types=list(event_types),
    )
