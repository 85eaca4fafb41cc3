"""manage.py export: the events of a filter, one a line, with their payloads.

Exits with 0 if all are written, 1 if not, 2 if the call is wrong, 130 if it was left with Ctrl-C.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from events import queries
from events.api.cloudevents import show_cloudevent
from events.api.representations import show_event
from events.errors import EventError
from events.event import Event, Status
from events.management.export_file import ExportFile, NothingToResume
from events.management.options import add_filter, read_filter
from events.queries import EventFilter, EventPage

_MISUSE = 2
_INTERRUPTED = 130
_FORMATS: dict[str, Callable[[Event], bytes]] = {
    "ndjson": lambda event: orjson.dumps(show_event(event)),
    "cloudevents": show_cloudevent,
}


class Command(BaseCommand):
    help = "Write the events of a filter, newest first, one a line, with their payloads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="default", help="whose events (default: default)")
        meant = parser.add_argument_group("which events are meant; all, if nothing is said")
        add_filter(meant)
        meant.add_argument("--status", choices=[each.value for each in Status])
        parser.add_argument("--format", choices=_FORMATS, default="ndjson")
        parser.add_argument(
            "--output", required=True, metavar="FILE", help="- is the standard output"
        )
        parser.add_argument(
            "--resume", action="store_true", help="go on with the same export that was cut off"
        )

    def handle(self, **options: Any) -> None:
        status = options["status"] and Status(options["status"])
        event_filter = read_filter(options, status=status)
        try:
            if options["output"] == "-":
                count = self._write_out(event_filter, options)
            else:
                count = self._write_file(event_filter, options)
        except EventError as error:
            raise CommandError(error.sentence) from error
        except NothingToResume as error:
            raise CommandError(str(error), returncode=_MISUSE) from None
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}.") from error
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        self.stderr.write(f"{count:,} events")

    def _write_out(self, event_filter: EventFilter, options: dict[str, Any]) -> int:
        if options["resume"]:
            raise CommandError("Only a file can be resumed.", returncode=_MISUSE)
        count = 0
        pages = queries.export_events(tenant=options["tenant"], event_filter=event_filter)
        for page in _watched(pages, so_far=0):
            sys.stdout.buffer.write(_lines(page, options))
            count += len(page.events)
        sys.stdout.buffer.flush()
        return count

    def _write_file(self, event_filter: EventFilter, options: dict[str, Any]) -> int:
        asked = {name: options[name] for name in ("tenant", "format")}
        file = ExportFile(options["output"], asked | {"filter": event_filter.to_dict()})
        if options["resume"]:
            file.go_on()
        else:
            file.begin()
        pages = queries.export_events(
            tenant=options["tenant"], event_filter=event_filter, before=file.next_key
        )
        try:
            for page in _watched(pages, so_far=file.count):
                file.add(_lines(page, options), count=len(page.events), next_key=page.next_key)
        except BaseException:
            file.leave()
            if file.count:
                self.stderr.write(f"{file.count:,} events are in {file.part}; --resume goes on.")
            raise
        file.finish()
        return file.count


def _lines(page: EventPage, options: dict[str, Any]) -> bytes:
    show = _FORMATS[options["format"]]
    return b"".join(show(each) + b"\n" for each in page.events)


def _watched(pages: Iterable[EventPage], *, so_far: int) -> Iterator[EventPage]:
    """Show how many there were so far, and how far back they reach."""
    columns = (TextColumn("{task.completed} events"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=None, completed=so_far)
        for page in pages:
            yield page
            for event in page.events[-1:]:
                progress.update(bar, description=f"{event.received_at:%F %T} UTC")
            progress.advance(bar, len(page.events))
