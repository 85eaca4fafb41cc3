"""Many events at once, as a stream."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from events import queries
from events.api.cursors import make_cursor, read_cursor
from events.api.exporting import Chunks, Place, write_cloudevents, write_lines
from events.api.filters import ExportInput
from events.api.media_types import CLOUDEVENT_BATCH, LINES
from events.api.views.view import View
from events.queries import EventPage

_FORMATS = {
    "ndjson": (LINES, "events.ndjson", write_lines),
    "cloudevents": (CLOUDEVENT_BATCH, "events.json", write_cloudevents),
}
# A client that takes longer for a piece has stalled, and would keep a thread for ever.
_STALLED_AFTER_SECONDS = 60.0


class ExportView(View):
    """``GET /events/export``."""

    def get(self, request: Request) -> StreamingHttpResponse:
        asked = ExportInput.from_request(request)
        if asked.event_filter.event_type is not None:
            self.caller.check_event_type(asked.event_filter.event_type)
        list_name = ["export", self.caller.tenant, asked.event_filter.to_dict()]
        before = None if asked.cursor is None else read_cursor(asked.cursor, of=list_name)
        media_type, file_name, write = _FORMATS[asked.format]
        place = Place()
        try:
            pages = self._read(request, asked, before)
        except BaseException:
            place.give_back()
            raise
        chunks = write(pages, lambda key: key and make_cursor(key, of=list_name))
        _set_patience(request, _STALLED_AFTER_SECONDS)

        def end() -> None:
            _set_patience(request, None)
            place.give_back()

        headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return StreamingHttpResponse(Chunks(chunks, end), content_type=media_type, headers=headers)

    def _read(
        self, request: Request, asked: ExportInput, before: str | None
    ) -> Iterator[EventPage]:
        """Read the first page, which may still fail with a status, and then the others."""
        if request.method == "HEAD":
            return iter(())
        pages = queries.export_events(
            tenant=self.caller.tenant,
            event_filter=replace(asked.event_filter, event_types=self.caller.event_types),
            before=before,
        )
        return chain([next(pages)], pages)


def _set_patience(request: Request, seconds: float | None) -> None:
    connection = request.META.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(seconds)
