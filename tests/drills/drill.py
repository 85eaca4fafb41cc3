"""What a line of the table of drills says."""

import enum
from dataclasses import dataclass

from tests.drills.steps import Step

# A killed worker is to be made good in less than this.
KILL_LIMIT_SECONDS = 30.0
# The messages of a stopped worker are to run elsewhere within this time.
STOP_LIMIT_SECONDS = 5.0
OTHER_LIMIT_SECONDS = 60.0


class Lasts(enum.Enum):
    """How long a fault lasts; the scale says what that is in seconds."""

    MOMENT = "moment"
    SPELL = "spell"
    OUTAGE = "outage"


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One line of the table.

    ``before`` is done before the load begins, ``faults`` under load. Each event runs exactly once;
    where ``may_repeat`` is set, once more for each kill and cut that hit it.
    """

    name: str
    faults: tuple[Step, ...]
    before: tuple[Step, ...] = ()
    lasts: Lasts = Lasts.SPELL
    events_per_second: float = 40.0
    # Instead of so many per second, so many at once; the scale's backlog where it is 0.
    events_at_once: int | None = None
    work_seconds: float = 0.05
    # Handlers take longer than a message stays invisible without news of its worker.
    outlives_visibility: bool = False
    may_repeat: bool = False
    limit_seconds: float = OTHER_LIMIT_SECONDS
