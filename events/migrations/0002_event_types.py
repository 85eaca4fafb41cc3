"""Event types and the versions of their schemas."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE

from events.models.event_type import check_event_type_name

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("events", "0001_api_keys")]
    operations = [
        migrations.CreateModel(
            name="EventType",
            fields=[
                ("id", _ID.clone()),
                (
                    "name",
                    models.CharField(
                        help_text="As clients send it: order.created",
                        max_length=128,
                        unique=True,
                        validators=[check_event_type_name],
                    ),
                ),
                (
                    "description",
                    models.TextField(blank=True, help_text="What has happened, for whom."),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("off", "off: payloads are not looked at"),
                            ("warn", "warn: what does not match is accepted and counted"),
                            ("enforce", "enforce: what does not match is refused"),
                        ],
                        default="off",
                        max_length=7,
                    ),
                ),
                (
                    "is_deprecated",
                    models.BooleanField(
                        default=False,
                        help_text="Events are still accepted; clients are told.",
                        verbose_name="deprecated",
                    ),
                ),
                ("deprecation_note", models.CharField(blank=True, max_length=500)),
                (
                    "replacement",
                    models.CharField(
                        blank=True,
                        help_text="The event type to use instead.",
                        max_length=128,
                        validators=[check_event_type_name],
                    ),
                ),
                ("example_json", models.TextField(blank=True, verbose_name="example")),
                ("version", models.PositiveIntegerField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(editable=False, max_length=150)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("updated_by", models.CharField(editable=False, max_length=150)),
            ],
            options={"verbose_name": "event type", "ordering": ("name",)},
        ),
        migrations.CreateModel(
            name="SchemaVersion",
            fields=[
                ("id", _ID.clone()),
                ("number", models.PositiveIntegerField()),
                ("schema_json", models.TextField(verbose_name="schema")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=150)),
                (
                    "event_type",
                    models.ForeignKey(
                        on_delete=CASCADE, related_name="versions", to="events.eventtype"
                    ),
                ),
            ],
            options={
                "verbose_name": "schema version",
                "ordering": ("event_type", "-number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event_type", "number"), name="one_schema_per_number"
                    )
                ],
            },
        ),
    ]
