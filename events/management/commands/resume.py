"""manage.py resume: a pause ends, and what has waited goes to the queue at a rate.

Exits with 0 if it does, 1 if there is no such pause, 2 if the call is wrong.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import services
from events.errors import EventError
from events.management.actor import get_actor
from events.management.commands.pause import describe
from events.management.options import rate
from events.replay_plan import RATE_DEFAULT


class Command(BaseCommand):
    help = "End a pause; once more with another rate changes it. manage.py pause --list shows them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pause", metavar="PAUSE", help="its id")
        parser.add_argument("--rate", type=rate, default=RATE_DEFAULT, help="events a second")

    def handle(self, **options: Any) -> None:
        try:
            pause = services.resume_events(
                options["pause"], rate=options["rate"], actor=get_actor()
            )
        except EventError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(describe(pause))
