"""API keys as SQL has them."""

import hashlib
import json
import math
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

from events import clock
from events.api_key import ALL_SCOPES, KeyRecord
from events.token_bucket import RateLimit

# It stands before the "#" of index keys and names message groups, so it is a plain word.
check_tenant = RegexValidator(
    r"\A[a-z0-9][a-z0-9._-]{0,63}\Z",
    "A tenant is up to 64 of a-z, 0-9, '.', '-' and '_', and begins with a letter or a digit.",
)
_EVENT_TYPES = re.compile(r"\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?", re.ASCII)
_HIGHEST_RATE = 1_000_000
# One a day; far below it, the time to wait is no number any more.
_LOWEST_RATE = 1 / 86_400
# A bucket without a size of its own holds so much of its rate.
_BURST_SECONDS = 2


def check_scopes(value: Any) -> None:
    unknown = sorted(set(value) - ALL_SCOPES)
    if unknown or not value:
        known = ", ".join(sorted(ALL_SCOPES))
        raise ValidationError(f"Scopes are {known}; not {', '.join(unknown) or 'none at all'}.")


def check_event_types(value: Any) -> None:
    wrong = [each for each in value if not _EVENT_TYPES.fullmatch(each)]
    if wrong:
        raise ValidationError(f"An event type is order.created or order.*, not {wrong[0]!r}.")


def check_rate(value: float) -> None:
    # Nor is it a number that is none, which no comparison finds too large.
    if not (value == 0 or _LOWEST_RATE <= value <= _HIGHEST_RATE):
        raise ValidationError(
            f"A rate is 0 to {_HIGHEST_RATE} events a second: 0 is no limit, and the lowest limit "
            "is one event a day, 0.000012."
        )


class APIKey(models.Model):
    """One key; its text is shown once and is nowhere afterwards."""

    key_id = models.CharField("key", max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    name = models.CharField(max_length=100, help_text="Who or what uses it.")
    tenant = models.CharField(
        max_length=64,
        validators=[check_tenant],
        help_text="Whose events it posts and reads; no others exist for it.",
    )
    scopes = models.JSONField(default=list, validators=[check_scopes])
    event_types = models.JSONField(
        default=list,
        blank=True,
        validators=[check_event_types],
        help_text="Types it may use, such as order.created or order.*; empty means all.",
    )
    rate_per_second = models.FloatField(
        null=True,
        blank=True,
        validators=[check_rate],
        help_text="Events a second; 0 is no limit, empty takes RATE_LIMIT_PER_SECOND.",
    )
    burst = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Events at once; empty takes two seconds of the rate.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    # At most a minute behind.
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API key"
        ordering = ("tenant", "name", "-created_at")

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and not self._is_expired()

    @property
    def state(self) -> str:
        """Say in a word or two what becomes of a request with it."""
        if self.revoked_at is not None:
            return "revoked"
        if self._is_expired():
            return "expired"
        return f"until {self.expires_at:%Y-%m-%d %H:%M}" if self.expires_at else "in force"

    @property
    def revision(self) -> str:
        """Tell what staff decided of this key from anything they decided before or after."""
        decided = (self.name, self.scopes, self.event_types, self.rate_per_second, self.burst)
        ends = (self.expires_at, self.revoked_at)
        return hashlib.sha256(json.dumps([*decided, *map(str, ends)]).encode()).hexdigest()[:16]

    def to_record(self) -> KeyRecord:
        """Return what every process keeps of it in memory."""
        return KeyRecord(
            key_id=self.key_id,
            digest=bytes(self.digest),
            tenant=self.tenant,
            scopes=frozenset(self.scopes),
            event_types=tuple(self.event_types),
            expires_at=self.expires_at,
            revoked_at=self.revoked_at,
            limit=self._limit(),
        )

    def _is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()

    def _limit(self) -> RateLimit | None:
        rate = self.rate_per_second
        if rate is None:
            rate = settings.RATE_LIMIT_PER_SECOND
        if not rate:
            return None
        burst = self.burst or max(1, math.ceil(rate * _BURST_SECONDS))
        return RateLimit(per_second=rate, burst=burst)
