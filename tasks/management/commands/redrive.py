"""manage.py redrive: events replayed whose copies are in the dead-letter queue.

Exits with 0 if it went through the queue, 1 if AWS did not do as asked (run it again), 2 if the
call is wrong, 130 if it was left with Ctrl-C. Cut off anywhere, it has lost nothing.
"""

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from events.errors import EventError
from events.management.actor import get_actor
from events.management.options import TEXTS, TIMES, add_filter, option, rate, read_filter
from tasks import dispatch
from tasks.dead_letters import DeadLetters, Move

_MISUSE = 2
_INTERRUPTED = 130
_RATE_DEFAULT = 50


class Command(BaseCommand):
    help = "Replay the events whose copies are in the dead-letter queue; can be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        meant = parser.add_argument_group("which events are meant")
        meant.add_argument("--all", action="store_true", help="all of them")
        meant.add_argument("--tenant")
        add_filter(meant)
        parser.add_argument("--rate", type=rate, default=_RATE_DEFAULT, help="events a second")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        foreign = parser.add_mutually_exclusive_group()
        foreign.add_argument(
            "--foreign", type=Path, metavar="FILE", help="append what is not ours to this file"
        )
        foreign.add_argument(
            "--foreign-to-work-queue", action="store_true", help="move what is not ours back"
        )

    def handle(self, **options: Any) -> None:
        names = ("tenant", *TEXTS, *TIMES)
        is_narrowed = any(options[name] is not None for name in names)
        if is_narrowed == options["all"]:
            named = ", ".join(map(option, names))
            raise CommandError(
                f"Say which events are meant: --all, or one of {named}.", returncode=_MISUSE
            )
        sqs = boto3.client("sqs", region_name=settings.AWS_REGION)
        walk = DeadLetters(
            sqs=sqs,
            event_filter=read_filter(options),
            tenant=options["tenant"],
            actor=get_actor(),
            rate=options["rate"],
            is_dry_run=options["dry_run"],
            move_foreign=_mover(sqs, options),
        )
        try:
            _follow(walk)
        except KeyboardInterrupt:
            self._tell(walk, options)
            self.stderr.write("Left before the end; run it again for the rest.")
            sys.exit(_INTERRUPTED)
        except (EventError, OSError) as error:
            self._tell(walk, options)
            raise CommandError(f"Nothing is lost; run it again for the rest: {error}") from error
        self._tell(walk, options)

    def _tell(self, walk: DeadLetters, options: dict[str, Any]) -> None:
        counts = ", ".join(f"{count} {fate}" for fate, count in sorted(walk.fates.items()))
        would = "would be: " if options["dry_run"] else ""
        self.stdout.write(f"{would}{counts or 'the dead-letter queue is empty'}")


def _follow(walk: DeadLetters) -> None:
    columns = (
        TextColumn("redriving"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Closed whatever comes: what was only looked at is given back then.
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        closing(walk.walk()) as fates,
    ):
        count = walk.count()
        progress.console.print(f"about {count:,} messages are in the dead-letter queue")
        bar = progress.add_task("redriving", total=count)
        for _ in fates:
            progress.advance(bar)


def _mover(sqs: Any, options: dict[str, Any]) -> Move | None:
    if options["foreign_to_work_queue"]:
        return lambda message: _send(sqs, message)
    path = options["foreign"]
    return None if path is None else lambda message: _append(path, message)


def _send(sqs: Any, message: dict[str, Any]) -> None:
    with dispatch.translated_errors():
        sqs.send_message(
            QueueUrl=f"{settings.QUEUE_URL_PREFIX}/{settings.WORK_QUEUE}",
            MessageBody=message["Body"],
            MessageAttributes=message.get("MessageAttributes", {}),
        )


def _append(path: Path, message: dict[str, Any]) -> None:
    """Write a message to the end of a file, and to the disk: it is deleted after this."""
    kept = {
        "message_id": message["MessageId"],
        "attributes": message.get("Attributes", {}),
        "message_attributes": message.get("MessageAttributes", {}),
        "body": message["Body"],
    }
    with path.open("a", encoding="utf-8") as file:
        # Bytes in an attribute are shown, as good as text can.
        file.write(json.dumps(kept, default=repr) + "\n")
        file.flush()
        os.fsync(file.fileno())
