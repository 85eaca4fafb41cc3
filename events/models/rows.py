"""What the admin shows of what is not in SQL: names, permissions and a history, but no tables."""

from typing import Any

from django.db import models


class Event(models.Model):
    """A row of the event list; ``event`` is the event itself."""

    event_id = models.CharField("event", max_length=64, primary_key=True)
    event: Any = None

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = (
            ("replay_event", "Can replay events, one or a page of them"),
            ("edit_event", "Can replay an event on another payload"),
            ("bulk_replay_event", "Can replay many events by a plan, and agree to others' plans"),
            ("mark_dead_event", "Can mark open events dead"),
            ("erase_event", "Can erase payloads"),
            ("reveal_event", "Can see redacted values and raw items"),
            ("pause_event", "Can pause and resume event types and tenants"),
        )

    def __str__(self) -> str:
        return self.event_id


class ReplayPlan(models.Model):
    """A replay plan, as the admin's history knows it; ``plan`` is the plan itself."""

    # The tenant, a colon and the plan's id.
    name = models.CharField(max_length=128, primary_key=True)
    plan: Any = None

    class Meta:
        managed = False
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name.rpartition(":")[2]


class ErrorGroup(models.Model):
    """An error group; ``group`` is the group itself."""

    # The tenant, a colon and the fingerprint.
    name = models.CharField(max_length=128, primary_key=True)
    group: Any = None

    class Meta:
        managed = False
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name.rpartition(":")[2]


class Pause(models.Model):
    """A pause, as the admin's history knows it."""

    pause_id = models.CharField("pause", max_length=64, primary_key=True)

    class Meta:
        managed = False
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.pause_id
