"""The event list: pages by cursor, at the same number of calls however many events there are."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from events import queries
from events.admin.events.rows import Rows, to_row
from events.errors import Retryable, StoreUnavailable
from events.event import Event

BEFORE, AFTER = "before", "after"
_CURSORS = (BEFORE, AFTER)
_AWAY = "The store does not answer: nothing is shown, and nothing is lost. Try again in a moment."


@dataclass(frozen=True, slots=True)
class _Page:
    events: tuple[Event, ...]
    has_newer: bool
    older_key: str | None


_NOTHING = _Page((), has_newer=False, older_key=None)


class EventChangeList(ChangeList):
    """Django's change list, without what would count or sort a whole table."""

    queryset: Any
    older_url: str | None = None
    newer_url: str | None = None

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in _CURSORS}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        # A filter that changes begins at the first page.
        cursors = dict.fromkeys(_CURSORS) | (new_params or {})
        return super().get_query_string(cursors, remove)

    def get_results(self, request: HttpRequest) -> None:
        page = self._read(request)
        # What the admin's own templates and actions look at.
        self.result_list: Any = [to_row(each) for each in page.events]
        self.result_count = len(page.events)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(page.events)
        self.paginator = Paginator(self.result_list, max(1, self.result_count))
        if page.has_newer and page.events:
            self.newer_url = self._url(AFTER, queries.sort_key_of(page.events[0]))
        if page.older_key is not None:
            self.older_url = self._url(BEFORE, page.older_key)

    @property
    def is_first_page(self) -> bool:
        return self.newer_url is None

    def _read(self, request: HttpRequest) -> _Page:
        for fault in self.queryset.faults:
            messages.error(request, fault)
        if self.queryset.faults:
            return _NOTHING
        try:
            if not self.queryset.tenants:
                raise StoreUnavailable("the tenants could not be read")
            return self._read_page(self.queryset, request)
        except Retryable:
            messages.error(request, _AWAY)
            return _NOTHING

    def _read_page(self, asked: Rows, request: HttpRequest) -> _Page:
        if asked.search:
            found = queries.find_events(asked.search, tenants=asked.tenants)
            return _Page(found, has_newer=False, older_key=None)
        before, after = (self._read_cursor(request, each) for each in _CURSORS)
        page = queries.list_events(
            tenants=asked.tenants,
            event_filter=asked.event_filter,
            before=before,
            after=after,
            limit=self.list_per_page,
        )
        if after is None:
            return _Page(page.events, has_newer=before is not None, older_key=page.next_key)
        last = page.events[-1] if page.events else None
        older_key = queries.sort_key_of(last) if last else after
        return _Page(page.events, has_newer=page.next_key is not None, older_key=older_key)

    def _read_cursor(self, request: HttpRequest, name: str) -> str | None:
        given = request.GET.get(name)
        try:
            return None if given is None else _signer(name).unsign(given)
        except BadSignature:
            messages.warning(request, "That page is not known; this is the first one.")
            return None

    def _url(self, name: str, sort_key: str) -> str:
        return self.get_query_string({name: _signer(name).sign(sort_key)})


def _signer(name: str) -> Signer:
    return Signer(salt=f"events.admin.{name}")
