"""manage.py erase: payloads erased for good, event by event.

Exits with 0 if all are erased, those erased before included, and 1 if any is not.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import services
from events.errors import EventError, PayloadErased
from events.management.actor import get_actor


class Command(BaseCommand):
    help = "Erase the payloads of succeeded or dead events for good; can be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event_ids", nargs="+", metavar="EVENT_ID")
        parser.add_argument("--reason", required=True, help="why; everybody will see it")
        parser.add_argument("--tenant", help="refuse events of other tenants")

    def handle(self, *, event_ids: list[str], reason: str, **options: Any) -> None:
        failed = 0
        for event_id in dict.fromkeys(event_ids):
            try:
                services.erase_payload(
                    event_id=event_id, actor=get_actor(), reason=reason, tenant=options["tenant"]
                )
            except PayloadErased:
                self.stdout.write(f"{event_id} was erased before")
            except EventError as error:
                failed += 1
                self.stderr.write(
                    f"{event_id}: {(type(error).__doc__ or '').partition(chr(10))[0]}"
                )
            else:
                self.stdout.write(f"{event_id} is erased")
        if failed:
            raise CommandError(f"{failed} of {len(set(event_ids))} were not erased.")
