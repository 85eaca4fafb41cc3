"""What staff do to events, one or a page of them: each with a reason, each in the history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from events import services
from events.errors import EventError


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that may be done; ``permission`` is a permission on events."""

    name: str
    title: str
    # What becomes of the events, for the page that asks for the reason.
    effect: str
    # For the history, before the reason.
    done: str
    permission: str
    act: Callable[[str, str, str], object]
    # What it does not touch, where somebody might fear, or hope, otherwise.
    remains: str = ""
    is_destructive: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which events it was done to, and why not to the others."""

    done: Sequence[str]
    refused: Sequence[tuple[str, str]]


def carry_out(action: Action, event_ids: Sequence[str], *, actor: str, reason: str) -> Outcome:
    """Do it to each event; one that refuses never keeps it from the rest."""
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for event_id in event_ids:
        try:
            action.act(event_id, actor, reason)
        except EventError as error:
            refused.append((event_id, str(error)))
        else:
            done.append(event_id)
    return Outcome(done, refused)


def _replay(event_id: str, actor: str, reason: str) -> None:
    services.replay_event(event_id=event_id, actor=actor, reason=reason)


def _erase(event_id: str, actor: str, reason: str) -> None:
    services.erase_payload(event_id=event_id, actor=actor, reason=reason)


def _mark_dead(event_id: str, actor: str, reason: str) -> None:
    services.mark_event_dead(event_id=event_id, actor=actor, reason=reason)


REPLAY = Action(
    name="replay",
    title="Replay",
    effect="Each runs once more, as a new generation; its history is kept. "
    "Open events are left alone.",
    done="Replayed",
    permission="replay",
    act=_replay,
)
MARK_DEAD = Action(
    name="mark_dead",
    title="Mark dead",
    effect="No more attempts are made; one that is running ends without effect on the event. "
    "A dead event can be replayed.",
    done="Marked dead",
    permission="mark_dead",
    act=_mark_dead,
    is_destructive=True,
)
ERASE = Action(
    name="erase",
    title="Erase payload",
    effect="Gone for good: the payload with every edited version, the result, what a CloudEvent "
    "said besides, and the messages and tracebacks of failed attempts. "
    "The event can then be replayed with a new payload only. Open events are left alone.",
    remains="What stays: id, type, source, subject, tenant and times, the attempts and replays "
    "with their reasons, and who erased it, when and why. Backups and logs are not reached.",
    done="Erased the payload",
    permission="erase",
    act=_erase,
    is_destructive=True,
)
ACTIONS = {each.name: each for each in (REPLAY, MARK_DEAD, ERASE)}
