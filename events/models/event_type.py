"""Event types and the versions of their schemas as SQL has them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from events.event_types import Definition, Mode, check_name


def check_event_type_name(value: str) -> None:
    if not check_name(value):
        raise ValidationError(
            "A name is words of A-Z, a-z, 0-9, _ and -, joined by single dots; at most 128."
        )


class EventType(models.Model):
    """What is known of the events of one type."""

    name = models.CharField(
        max_length=128,
        unique=True,
        validators=[check_event_type_name],
        help_text="As clients send it: order.created",
    )
    description = models.TextField(blank=True, help_text="What has happened, for whom.")
    mode = models.CharField(
        max_length=7,
        choices=[
            (Mode.OFF.value, "off: payloads are not looked at"),
            (Mode.WARN.value, "warn: what does not match is accepted and counted"),
            (Mode.ENFORCE.value, "enforce: what does not match is refused"),
        ],
        default=Mode.OFF.value,
    )
    is_deprecated = models.BooleanField(
        "deprecated",
        default=False,
        help_text="Events are still accepted; clients are told.",
    )
    deprecation_note = models.CharField(max_length=500, blank=True)
    replacement = models.CharField(
        max_length=128,
        blank=True,
        validators=[check_event_type_name],
        help_text="The event type to use instead.",
    )
    # JSON as text: no database and no reader may round its numbers or sort its keys.
    example_json = models.TextField("example", blank=True)
    # The number of the active schema, if there is one.
    version = models.PositiveIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=150, editable=False)

    class Meta:
        verbose_name = "event type"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def active_schema(self) -> "SchemaVersion | None":
        return self.versions.filter(number=self.version).first() if self.version else None

    def to_definition(self, schema: "SchemaVersion | None") -> Definition:
        """Return it as a file has it, with this schema."""
        return Definition(
            name=self.name,
            description=self.description,
            mode=Mode(self.mode),
            is_deprecated=self.is_deprecated,
            deprecation_note=self.deprecation_note,
            replacement=self.replacement,
            schema_json=None if schema is None else schema.schema_json,
            example_json=self.example_json or None,
        )


class SchemaVersion(models.Model):
    """One version of a type's schema; nobody changes it once it is made."""

    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    schema_json = models.TextField("schema")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = "schema version"
        ordering = ("event_type", "-number")
        constraints = (
            models.UniqueConstraint(fields=("event_type", "number"), name="one_schema_per_number"),
        )

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValidationError("A schema version is never changed; make a new one.")
        super().save(*args, **kwargs)
