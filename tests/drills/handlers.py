"""The handlers of the drills; each start and each end is a line appended to the journal."""

import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from events.errors import PermanentError
from events.event import ClaimedEvent
from events.registry import handler
from tests.drills.names import DOOMED, MENDED, WORK

_LOOK_SECONDS = 0.05
_JOURNAL = os.open(os.environ["DRILL_JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


@handler(WORK)
def work(event: ClaimedEvent) -> None:
    """Take ``seconds``; on a worker named in ``held_on``, until the file ``release`` is there."""
    _write("start", event)
    payload: dict[str, Any] = event.payload
    time.sleep(payload["seconds"])
    release = Path(payload["release"])
    while settings.WORKER_NAME in payload["held_on"] and not release.exists():
        time.sleep(_LOOK_SECONDS)
    _write("end", event)


@handler(DOOMED)
def fail_for_good(event: ClaimedEvent) -> None:
    work(event)
    raise PermanentError("drill: this event is meant to die")


@handler(MENDED)
def fail_until_replayed(event: ClaimedEvent) -> None:
    if event.generation == 1:
        raise PermanentError("drill: this event is meant to die, and to be replayed")
    work(event)


def _write(what: str, event: ClaimedEvent) -> None:
    fields = (
        what,
        event.payload["drill"],
        event.event_id,
        event.attempt_number,
        settings.WORKER_NAME,
        os.getpid(),
    )
    # One write of a line to a file opened for appending is never mixed with another's, and no
    # kill of the process takes it back.
    os.write(_JOURNAL, (" ".join(map(str, fields)) + "\n").encode())
