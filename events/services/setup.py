"""Setting up the store."""

from collections.abc import Iterator

from django.conf import settings

from events.finding import Finding
from events.store import examination, tables


def bootstrap_store() -> list[str]:
    """Make the tables that are missing and say what was done, a line each; safe to repeat."""
    return tables.bootstrap_tables(settings.SHARDS)


def examine_store() -> Iterator[Finding]:
    """Compare the live tables, and this host's clock, with what the platform needs."""
    yield from examination.examine_tables()
