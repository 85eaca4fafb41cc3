"""Prepares what the programs need: tables, queues, SQLite, the first staff user."""

from io import StringIO

import django
import structlog
from django.conf import settings
from django.core.management import call_command

logger = structlog.get_logger(__name__)

_AWS_AWAY_SECONDS = 30
_FIRST_STAFF = "admin"


def main() -> None:
    """Make what is missing; safe to repeat."""
    django.setup()
    output = StringIO()
    call_command("bootstrap", wait=_AWS_AWAY_SECONDS, stdout=output)
    for line in output.getvalue().splitlines():
        if not line.endswith(": exists") and not line.startswith("shards: "):
            logger.info("prepared", what=line)
    call_command("migrate", verbosity=0, interactive=False)
    _make_first_staff_user()


def _make_first_staff_user() -> None:
    from django.contrib.auth import get_user_model  # noqa: PLC0415  # only once Django is set up

    users = get_user_model().objects
    if settings.IS_LOCAL and not users.filter(is_superuser=True).exists():
        users.create_superuser(_FIRST_STAFF, password=_FIRST_STAFF)
        logger.info("prepared", what=f"staff user {_FIRST_STAFF}, password {_FIRST_STAFF}")


if __name__ == "__main__":
    main()
