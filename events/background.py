"""Work on the SQL database that nobody waits for, in a thread that keeps no connection."""

import threading
from collections.abc import Callable

from django.db import connections


def run(work: Callable[[], None]) -> bool:
    """Start the work; False if there is no thread to be had, as when the process ends."""
    try:
        threading.Thread(target=_work, args=(work,), name="database", daemon=True).start()
    except RuntimeError:
        return False
    return True


def _work(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connections.close_all()
