"""Setting up the store."""

from django.conf import settings

from events.store import tables


def bootstrap_store() -> list[str]:
    """Make the tables that are missing and say what was done, a line each; safe to repeat."""
    return tables.bootstrap_tables(settings.SHARDS)
