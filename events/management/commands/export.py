"""manage.py export: the events of a filter, one a line, with their payloads.

Exits with 0 if all are written, 1 if not, 2 if the call is wrong, 130 if it was left with Ctrl-C.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from events import queries
from events.api.cloudevents import show_cloudevent
from events.api.representations import show_event
from events.errors import EventError
from events.event import Event, Status
from events.management.options import add_filter, read_filter

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

    def handle(self, **options: Any) -> None:
        status = options["status"] and Status(options["status"])
        event_filter = read_filter(options, status=status)
        found = queries.export_events(tenant=options["tenant"], event_filter=event_filter)
        show = _FORMATS[options["format"]]
        try:
            with _open(options["output"]) as file:
                count = _write(map(show, _counted(found)), file)
        except EventError as error:
            raise CommandError((type(error).__doc__ or "").partition("\n")[0]) from error
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}.") from error
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        self.stderr.write(f"{count:,} events")


def _write(lines: Iterable[bytes], file: BinaryIO) -> int:
    count = 0
    for line in lines:
        file.write(line + b"\n")
        count += 1
    return count


def _counted(found: Iterable[Event]) -> Iterator[Event]:
    """Show how many there were so far, and how far back they reach."""
    columns = (TextColumn("{task.completed} events"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=None)
        for event in found:
            yield event
            progress.update(bar, advance=1, description=f"{event.received_at:%F %T} UTC")


@contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    """Open an output; a file has its name only once it is whole."""
    if name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{name}.part")
    with part.open("wb") as file:
        try:
            yield file
        except BaseException:
            part.unlink()
            raise
    part.replace(name)
