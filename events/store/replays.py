"""Starting the next generation of terminal events, each by one conditional statement."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from events import clock
from events.errors import EventError
from events.event import Status
from events.store import connection, events, statements
from events.store.events import ACCEPT_DEADLINE_SECONDS, TABLE
from events.store.models import EventItem, PayloadMap, ReplayMap

# Whoever replays many has patience, but not for ever: what is left is tried again later.
_MANY_DEADLINE_SECONDS = 10.0


class Start(enum.Enum):
    """What became of a generation that was to be started for a plan."""

    OURS = "started by this very call"
    SAME_PLAN = "started by another worker that advances the same plan"
    REFUSED = "the event has moved, for whatever other reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextGeneration:
    """What a replay makes of a terminal event; ``payload_versions`` only where one is added."""

    item: EventItem
    replay_map: ReplayMap
    open_key: str
    due_at: int
    expires_at: int
    payload_id: str | None = None
    payload_versions: dict[str, PayloadMap] | None = None

    @property
    def number(self) -> int:
        return int(self.item.generation) + 1


def start(generation: NextGeneration) -> bool:
    """Start a terminal event's next generation; False if somebody else did so first."""
    try:
        connection.execute(_statement(generation), deadline_seconds=ACCEPT_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        # It may be our own first write that stands in the way, its answer lost.
        replay_map = generation.replay_map
        stored = _stored_replay(refusal.item, generation.number)
        return bool(stored == replay_map.serialize(replay_map))
    return True


def start_all(generations: Sequence[NextGeneration]) -> list[Start | EventError]:
    """Start many generations of one plan; return what became of each.

    An entry that was not written for the moment's reasons is the error that says so.
    """
    writes = [_statement(each) for each in generations]
    outcomes = connection.execute_all(writes, deadline_seconds=_MANY_DEADLINE_SECONDS)
    return [
        _outcome(generation, outcome)
        for generation, outcome in zip(generations, outcomes, strict=True)
    ]


def keep_all(keys: Sequence[str], *, expires_at: int) -> None:
    """Let items live longer, as ``events.keep`` does; what fails stays as it was."""
    writes = [events.keeping(key, expires_at=expires_at) for key in keys]
    connection.execute_all(writes, deadline_seconds=_MANY_DEADLINE_SECONDS)


def _outcome(
    generation: NextGeneration, outcome: connection.Item | EventError | None
) -> Start | EventError:
    if not isinstance(outcome, EventError):
        return Start.OURS
    if not isinstance(outcome, connection.ConditionFailed):
        return outcome
    replay_map = generation.replay_map
    stored = _stored_replay(outcome.item, generation.number)
    if stored == replay_map.serialize(replay_map):
        # Our own first write, whose answer was lost.
        return Start.OURS
    is_same_plan = stored.get("p") == {"S": replay_map.plan_id}
    return Start.SAME_PLAN if is_same_plan else Start.REFUSED


def _stored_replay(raw: connection.Item | None, generation: int) -> connection.Item:
    replays = (raw or {}).get("replays", {}).get("M", {})
    stored: connection.Item = replays.get(str(generation), {}).get("M", {})
    return stored


def _statement(generation: NextGeneration) -> connection.Statement:
    item, number = generation.item, generation.number
    replays = {**(item.replays or {}), str(number): generation.replay_map}
    values = {
        "status": statements.text(Status.PENDING),
        "generation": statements.number(number),
        "claimable_at": statements.number(0),
        "attempt_number": statements.number(0),
        "open_key": statements.text(generation.open_key),
        "due_at": statements.number(generation.due_at),
        "expires_at": statements.number(generation.expires_at),
        "updated_at": statements.number(clock.now_microseconds()),
        "replays": {"M": EventItem.replays.serialize(replays)},
    }
    if generation.payload_versions is not None and generation.payload_id is not None:
        versions = EventItem.payload_versions.serialize(generation.payload_versions)
        values["payload_versions"] = {"M": versions}
        values["payload_id"] = statements.text(generation.payload_id)
    return statements.update(
        TABLE,
        key=item.event_id,
        where=[
            ("event_id", statements.EQUALS, statements.text(item.event_id)),
            ("generation", statements.EQUALS, statements.number(number - 1)),
            ("status", statements.EQUALS, statements.text(item.status)),
            # Its payload may have been erased meanwhile, which changes neither of these.
            ("updated_at", statements.EQUALS, statements.number(int(item.updated_at))),
        ],
        values=values,
        remove=("dead_key", "result", "owner", "message_id"),
    )
