"""API keys."""

from django.core.validators import MinValueValidator
from django.db import migrations, models

from events.models.api_key import check_event_types, check_rate, check_scopes, check_tenant


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="APIKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key_id",
                    models.CharField(
                        editable=False, max_length=12, unique=True, verbose_name="key"
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("name", models.CharField(help_text="Who or what uses it.", max_length=100)),
                (
                    "tenant",
                    models.CharField(
                        help_text="Whose events it posts and reads; no others exist for it.",
                        max_length=64,
                        validators=[check_tenant],
                    ),
                ),
                ("scopes", models.JSONField(default=list, validators=[check_scopes])),
                (
                    "event_types",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Types it may use, such as order.created or order.*; "
                        "empty means all.",
                        validators=[check_event_types],
                    ),
                ),
                (
                    "rate_per_second",
                    models.FloatField(
                        blank=True,
                        help_text="Events a second; 0 is no limit, empty takes "
                        "RATE_LIMIT_PER_SECOND.",
                        null=True,
                        validators=[check_rate],
                    ),
                ),
                (
                    "burst",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Events at once; empty takes two seconds of the rate.",
                        null=True,
                        validators=[MinValueValidator(1)],
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(editable=False, max_length=150)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={"verbose_name": "API key", "ordering": ("tenant", "name", "-created_at")},
        ),
    ]
