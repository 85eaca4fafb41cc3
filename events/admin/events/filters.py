"""What narrows the event list: links where choices are few, and fields where they are not."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin import ListFilter, SimpleListFilter
from django.http import HttpRequest

from events import clock, registry
from events.admin.events.rows import Rows
from events.event import Status
from events.models import EventType

_FINGERPRINT = re.compile(r"[0-9a-f]{16}", re.ASCII)
_WINDOWS = {
    "15m": ("Last 15 minutes", timedelta(minutes=15)),
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(days=1)),
    "7d": ("Last 7 days", timedelta(days=7)),
}


class StatusFilter(SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        return [(each.value, each.value.capitalize()) for each in Status]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002  # as above
        value = self.value()
        if value is None:
            return queryset
        if value not in list(Status):
            return queryset.refuse(f"There is no status {value!r}: it is one of {_either(Status)}.")
        return queryset.narrow(status=Status(value))


class TenantFilter(SimpleListFilter):
    title = "tenant"
    parameter_name = "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each, each) for each in model_admin.get_known_tenants(request)]

    def has_output(self) -> bool:
        # Of a single tenant there is nothing to choose.
        return len(self.lookup_choices) > 1 or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002  # Django's signature
        """Leave it: the tenants were taken from the address when the list began."""
        return queryset


class WindowFilter(SimpleListFilter):
    title = "received"
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # as above
        return [(name, title) for name, (title, _) in _WINDOWS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002  # as above
        value = self.value()
        if value is None:
            return queryset
        if value not in _WINDOWS:
            return queryset.refuse(f"There is no time {value!r}: it is one of {_either(_WINDOWS)}.")
        return queryset.narrow(received_after=clock.now() - _WINDOWS[value][1])


class FieldsFilter(ListFilter):
    """Fields to fill in, and a button."""

    template = "admin/events/event/fields_filter.html"
    # Parameter, label, input type and hint of each.
    inputs: tuple[tuple[str, str, str, str], ...] = ()

    def __init__(self, request: HttpRequest, params: dict[str, Any], *where: Any) -> None:
        super().__init__(request, params, *where)
        for name in self.expected_parameters():
            if name in params and (text := params.pop(name)[-1].strip()):
                self.used_parameters[name] = text

    def expected_parameters(self) -> list[str | None]:
        return [name for name, *_ in self.inputs]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield what the template shows: the fields, and what else stands in the address."""
        others = {
            name: value
            for name, values in changelist.get_filters_params().items()
            if name not in self.expected_parameters()
            for value in values
        }
        if changelist.query:
            others["q"] = changelist.query
        yield {
            "inputs": [
                {
                    "name": name,
                    "label": label,
                    "kind": kind,
                    "hint": hint,
                    "value": self.used_parameters.get(name, ""),
                    "suggestions": self.suggest(name),
                }
                for name, label, kind, hint in self.inputs
            ],
            "others": others,
            "clear_url": changelist.get_query_string(remove=list(self.used_parameters)),
            "is_used": bool(self.used_parameters),
        }

    def suggest(self, name: str) -> list[str]:  # noqa: ARG002  # for subclasses
        return []


class NamesFilter(FieldsFilter):
    title = "names"
    inputs = (
        ("type", "Event type", "text", "order.created"),
        ("source", "Source", "text", "/shop"),
        ("error", "Error group", "text", "16 characters"),
    )

    def suggest(self, name: str) -> list[str]:
        if name != "type":
            return []
        handled = {each.pattern for each in registry.all_handlers()}
        known = handled.union(EventType.objects.values_list("name", flat=True))
        return sorted(each for each in known if "*" not in each)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002  # as above
        used: dict[str, Any] = self.used_parameters
        error = used.get("error")
        if error is not None and not _FINGERPRINT.fullmatch(error):
            return queryset.refuse(f"{error!r} is no error group: it has 16 of 0-9 and a-f.")
        return queryset.narrow(
            event_type=used.get("type"), source=used.get("source"), error_fingerprint=error
        )


class TimesFilter(FieldsFilter):
    title = "exact times (UTC)"
    inputs = (
        ("from", "From", "datetime-local", ""),
        ("until", "Until", "datetime-local", ""),
    )

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:  # type: ignore[override]  # noqa: ARG002  # as above
        for name, field in (("from", "received_after"), ("until", "received_before")):
            text = str(self.used_parameters.get(name) or "")
            moment = _parse(text) if text else None
            if text and moment is None:
                queryset = queryset.refuse(f"{text!r} is no time: write it as 2026-01-31T12:00.")
            elif moment is not None:
                queryset = queryset.narrow(**{field: moment})
        return queryset


def _parse(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _either(words: Any) -> str:
    return ", ".join(words)
