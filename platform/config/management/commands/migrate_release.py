"""manage.py migrate_release: migrations of a release, on many hosts at once.

Exits with 0 when the database is as the release needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Of this command alone; any number that nothing else in this database takes.
_LOCK = 7_302_115


class Command(BaseCommand):
    help = "Migrate, one host at a time: whoever comes second waits and finds nothing to do."

    def handle(self, **_: Any) -> None:
        with _alone():
            call_command("migrate", interactive=False, stdout=self.stdout, stderr=self.stderr)


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor != "postgresql":
        # A file of one host.
        yield
        return
    with connection.cursor() as cursor:
        # It goes with the connection, so a host that dies keeps nobody waiting.
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
