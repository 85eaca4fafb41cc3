"""Whether what the platform depends on answers."""

from concurrent.futures import ThreadPoolExecutor, wait

from events.dispatch import dispatcher
from events.errors import EventError
from events.store import events
from events.store.pauses import known_pauses

# Whoever asks for readiness gives up after a few seconds.
_CHECK_SECONDS = 1.0


def check_dependencies() -> dict[str, str]:
    """Return ``ok`` or a short reason for each dependency; asks all at once, for a second."""
    checks = {"dynamodb": _check_store, "sqs": _check_queue}
    executor = ThreadPoolExecutor(len(checks), thread_name_prefix="check")
    try:
        asked = {name: executor.submit(check) for name, check in checks.items()}
        wait(asked.values(), timeout=_CHECK_SECONDS)
        return {name: each.result() if each.done() else "no answer" for name, each in asked.items()}
    finally:
        executor.shutdown(wait=False)


def name_pauses() -> list[str]:
    """Return what is paused; nothing while the store is away, which is told elsewhere."""
    try:
        return [str(each) for each in known_pauses()]
    except EventError:
        return []


def _check_store() -> str:
    try:
        events.due_entries(0, limit=1)
    except EventError as error:
        return error.code
    return "ok"


def _check_queue() -> str:
    try:
        dispatcher().depths()
    except EventError as error:
        return error.code
    return "ok"
