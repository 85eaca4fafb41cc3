"""manage.py bootstrap: tables and queues, made or checked."""

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import services
from events.errors import Retryable, TableDiffers
from tasks.queues import bootstrap_queues


class Command(BaseCommand):
    help = "Make or check the DynamoDB tables and SQS queues; can be run any number of times."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=0, metavar="SECONDS", help="how long AWS may be away"
        )

    def handle(self, *, wait: float, **_: Any) -> None:
        ends_at = time.monotonic() + wait
        while True:
            try:
                lines = [*services.bootstrap_store(), *bootstrap_queues()]
            except (BotoCoreError, ClientError, Retryable) as error:
                self._refuse_or_wait(error, ends_at)
            except TableDiffers as error:
                raise CommandError(str(error)) from error
            else:
                break
        for line in lines:
            self.stdout.write(line)

    def _refuse_or_wait(self, error: Exception, ends_at: float) -> None:
        if isinstance(error, ClientError) or time.monotonic() >= ends_at:
            raise CommandError(f"AWS did not do as asked: {error}") from error
        time.sleep(0.1)
