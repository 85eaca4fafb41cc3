"""manage.py erase: payloads erased for good, of events that are named or that a filter means.

Exits with 0 if all are erased, those erased before included, 1 if any is not, 2 if the call is
wrong, 130 if it was left with Ctrl-C. It can be repeated at will.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from events import queries, services
from events.errors import EventError, PayloadErased
from events.event import Event, Status
from events.management.actor import get_actor
from events.management.options import TEXTS, TIMES, add_filter, option, read_filter

_MISUSE = 2
_INTERRUPTED = 130
_PAGE_SIZE = 200
_SAMPLE = 10
_FAILED = "not erased"
_FILTER = (*TEXTS, *TIMES, "status")


class Command(BaseCommand):
    help = "Erase the payloads of succeeded or dead events for good; can be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event_ids", nargs="*", metavar="EVENT_ID")
        parser.add_argument("--reason", help="why; everybody will see it")
        parser.add_argument("--tenant", help="whose events; a filter needs it")
        meant = parser.add_argument_group("instead of ids, which events are meant")
        add_filter(meant)
        meant.add_argument("--status", choices=("succeeded", "dead"), help="default: both")
        meant.add_argument("--dry-run", action="store_true", help="only say what would be erased")
        meant.add_argument("--confirm-count", type=int, metavar="N", help="yes, just these N")

    def handle(self, *, event_ids: list[str], **options: Any) -> None:
        is_narrowed = any(options[name] is not None for name in _FILTER)
        if bool(event_ids) is is_narrowed:
            named = ", ".join(map(option, _FILTER))
            raise CommandError(
                f"Say which events are meant: ids, or one of {named}.", returncode=_MISUSE
            )
        if event_ids and options["dry_run"]:
            raise CommandError("--dry-run is for filters; ids say it all.", returncode=_MISUSE)
        if not options["reason"] and not options["dry_run"]:
            raise CommandError("Say why, with --reason.", returncode=_MISUSE)
        if is_narrowed:
            event_ids = self._find(options)
        if not options["dry_run"]:
            self._erase(list(dict.fromkeys(event_ids)), options, is_told=not is_narrowed)

    def _find(self, options: dict[str, Any]) -> list[str]:
        """Return the events of the filter that are to be erased, once their number is confirmed."""
        if not options["tenant"]:
            raise CommandError("Say whose events, with --tenant.", returncode=_MISUSE)
        try:
            found = _sort_out(_read_events(options))
        except EventError as error:
            raise CommandError(error.sentence) from error
        meant = found["erased"]
        for event in meant[:_SAMPLE]:
            self.stdout.write(
                f"{event.event_id}  {event.event_type}  {event.received_at:%F %T} UTC"
            )
        counts = ", ".join(f"{len(events):,} {what}" for what, events in found.items())
        self.stdout.write(f"would be: {counts}")
        is_confirmed = options["confirm_count"] == len(meant)
        if meant and not is_confirmed and not options["dry_run"]:
            raise CommandError(
                f"Nothing is erased; erase these {len(meant):,} with --confirm-count {len(meant)}."
            )
        return [each.event_id for each in meant]

    def _erase(self, event_ids: list[str], options: dict[str, Any], *, is_told: bool) -> None:
        fates: Counter[str] = Counter()
        watched: Iterable[str] = event_ids
        if not is_told:
            watched = track(event_ids, "erasing", console=Console(stderr=True))
        try:
            for event_id in watched:
                fate, line = _erase_one(event_id, options)
                fates[fate] += 1
                if fate == _FAILED:
                    self.stderr.write(line)
                elif is_told:
                    self.stdout.write(line)
        except KeyboardInterrupt:
            self.stderr.write(f"{_told(fates)}; left before the end, run it again for the rest.")
            sys.exit(_INTERRUPTED)
        if not is_told:
            self.stdout.write(_told(fates))
        if fates[_FAILED]:
            raise CommandError(f"{fates[_FAILED]} of {len(event_ids)} were not erased.")


def _read_events(options: dict[str, Any]) -> Iterator[Event]:
    status = options["status"] and Status(options["status"])
    event_filter = read_filter(options, status=status)
    before = None
    while True:
        page = queries.list_events(
            tenants=[options["tenant"]],
            event_filter=event_filter,
            before=before,
            limit=_PAGE_SIZE,
        )
        yield from page.events
        if page.next_key is None:
            return
        before = page.next_key


def _sort_out(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {
        "erased": [],
        "left, for they were erased before": [],
        "left, for they are open": [],
    }
    to_erase, erased_before, are_open = found.values()
    for event in events:
        if not event.status.is_terminal:
            are_open.append(event)
        elif event.is_erased and not event.is_partly_erased:
            erased_before.append(event)
        else:
            to_erase.append(event)
    return found


def _erase_one(event_id: str, options: dict[str, Any]) -> tuple[str, str]:
    """Erase a payload; return what became of it, as a word and as a line."""
    try:
        services.erase_payload(
            event_id=event_id,
            actor=get_actor(),
            reason=options["reason"],
            tenant=options["tenant"],
        )
    except PayloadErased:
        return "erased before", f"{event_id} was erased before"
    except EventError as error:
        return _FAILED, f"{event_id}: {error.sentence}"
    return "erased", f"{event_id} is erased"


def _told(fates: Counter[str]) -> str:
    return ", ".join(f"{count:,} {fate}" for fate, count in fates.items()) or "0 erased"
