"""manage.py pause: the events of a type, of a tenant, or of a tenant's type wait from now on.

Exits with 0 if they do, 1 if it was refused, 2 if the call is wrong.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import queries, services
from events.errors import EventError
from events.management.actor import get_actor
from events.pause import Pause, PauseState

_MISUSE = 2


class Command(BaseCommand):
    help = "Let the events of a type or a tenant wait, or show which do; see manage.py resume."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="whose events; without it, those of all tenants")
        parser.add_argument("--event-type", help="of which type; without it, of all types")
        parser.add_argument("--reason", help="why; everybody will see it")
        parser.add_argument("--list", action="store_true", help="show the pauses, ended ones too")

    def handle(self, **options: Any) -> None:
        try:
            if options["list"]:
                for pause in queries.list_pauses():
                    self.stdout.write(describe(pause))
            else:
                self._pause(options)
        except EventError as error:
            raise CommandError(error.sentence) from error

    def _pause(self, options: dict[str, Any]) -> None:
        if not options["reason"]:
            raise CommandError("Say why, with --reason.", returncode=_MISUSE)
        if not (options["tenant"] or options["event_type"]):
            raise CommandError("Say what, with --event-type or --tenant.", returncode=_MISUSE)
        pause = services.pause_events(
            tenant=options["tenant"] or None,
            event_type=options["event_type"] or None,
            reason=options["reason"],
            actor=get_actor(),
        )
        self.stdout.write(describe(pause))
        self.stderr.write("Every process knows in a few seconds; what runs comes to its end.")


def describe(pause: Pause) -> str:
    """Return a pause in two lines."""
    moved = f"paused by {pause.paused_by} at {pause.paused_at:%F %T} UTC: {pause.reason}"
    if pause.resumed_at is not None:
        moved += f"; resumed by {pause.resumed_by} at {pause.resumed_at:%F %T} UTC"
    return f"{pause.pause_id}  {pause}  {pause.state}{_waiting(pause)}\n  {moved}"


def _waiting(pause: Pause) -> str:
    if pause.state is PauseState.ENDED:
        return ""
    count, is_exact = queries.count_waiting(pause)
    rate = f" at {pause.rate} a second" if pause.state is PauseState.DRAINING else ""
    return f"{rate}, {'' if is_exact else 'at least '}{count:,} events wait"
