"""The first page: how the last hour went, what waits, what died, who works."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from events import clock, queries
from events.admin import pages
from events.admin.charts import Chart, Series
from events.admin.pauses.names import name_of
from events.counts import Counts
from events.error_group import GroupOrder
from events.errors import Retryable
from events.pause import Pause
from events.queries import LastHour

_REFRESH_SECONDS = 5
_TYPES_SHOWN = _GROUPS_SHOWN = 6
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class _TypeRow:
    name: str
    mean_seconds: float
    longest_seconds: float
    attempts: int
    dead: int


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows; while the store is away, only that it is."""
    context: dict[str, Any] = {"refresh_seconds": _REFRESH_SECONDS, "now": clock.now()}
    if not pages.may(request, "view"):
        return context | {"is_hidden": True}
    try:
        return context | _read(request)
    except Retryable:
        return context | {"is_away": True}


def _read(request: HttpRequest) -> dict[str, Any]:
    tenants = pages.chosen_tenants(request)
    hour = queries.get_last_hour(tenants=tenants)
    stats = queries.get_platform_stats()
    known = pages.known_tenants(request)
    return {
        "charts": _charts(hour),
        "hour": hour.total,
        "dead": queries.count_dead(tenants=tenants),
        "open": stats["open_all_tenants"],
        "pauses": [_describe_pause(each) for each in queries.list_live_pauses()],
        "queues": stats["queues"],
        "workers": sorted(stats["workers"]["seen"], key=_by_worker),
        "alive": sum(each["is_alive"] for each in stats["workers"]["seen"]),
        "groups": queries.list_error_groups(
            tenants=tenants, order=GroupOrder.NEWEST, limit=_GROUPS_SHOWN
        ).groups,
        "may_replay": pages.may(request, "bulk_replay"),
        "slowest": _slowest(hour.types),
        "tenants": known,
        "tenant": request.GET.get("tenant", ""),
        "hidden_tenants": pages.count_hidden_tenants(request),
        "dead_url": _dead_url(request),
    }


def _describe_pause(pause: Pause) -> dict[str, Any]:
    return {"pause": pause, "name": name_of(pause)}


def _charts(hour: LastHour) -> list[Chart]:
    def series(label: str, color: str, name: str) -> Series:
        return Series(label, color, [getattr(each, name) for each in hour.counts])

    return [
        Chart("Accepted", hour.minutes, [series("accepted", "blue", "accepted")]),
        Chart("Succeeded", hour.minutes, [series("succeeded", "green", "succeeded")]),
        Chart(
            "Failed attempts",
            hour.minutes,
            [
                Series("died", "red", [each.dead for each in hour.counts]),
                Series(
                    "to be retried",
                    "amber",
                    [max(0, each.failed_attempts - each.dead) for each in hour.counts],
                ),
            ],
        ),
    ]


def _slowest(types: Mapping[str, Counts]) -> list[_TypeRow]:
    """Return the types whose attempts of the last hour took longest, on average."""
    rows = [_row(name, counts) for name, counts in types.items()]
    rows = [each for each in rows if each.attempts]
    return sorted(rows, key=lambda each: each.mean_seconds, reverse=True)[:_TYPES_SHOWN]


def _row(name: str, counts: Counts) -> _TypeRow:
    attempts = counts.succeeded + counts.failed_attempts
    return _TypeRow(
        name=name,
        mean_seconds=counts.processing_microseconds / _MICROSECONDS / max(1, attempts),
        longest_seconds=counts.longest_microseconds / _MICROSECONDS,
        attempts=attempts,
        dead=counts.dead,
    )


def _by_worker(worker: Mapping[str, Any]) -> tuple[bool, str]:
    return (not worker["is_alive"], worker["name"])


def _dead_url(request: HttpRequest) -> str:
    named = {"tenant": request.GET["tenant"]} if request.GET.get("tenant") else {}
    return f"{reverse('admin:events_event_changelist')}?{urlencode({'status': 'dead', **named})}"
