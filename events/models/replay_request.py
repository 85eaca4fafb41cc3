"""Replay plans that wait until a second person agrees."""

from django.db import models


class ReplayRequest(models.Model):
    """A large replay plan that somebody asked for; another person makes or declines it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        DECLINED = "declined"

    tenant = models.CharField(max_length=64)
    # The fields of an EventFilter that narrow.
    filter = models.JSONField()
    reason = models.CharField(max_length=500)
    rate = models.PositiveIntegerField()
    expected_count = models.PositiveIntegerField()
    is_exact = models.BooleanField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    # Of the plan that was made of it.
    plan_id = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.expected_count} events of {self.tenant}, asked for by {self.requested_by}"
