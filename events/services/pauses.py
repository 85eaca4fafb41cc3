"""Pausing and resuming a type or a tenant; every process knows of it seconds later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from django.conf import settings

from events import clock, identity
from events.errors import PauseNotFound, PausesEverything, StoreUnavailable, TooManyPauses
from events.pause import PAUSES_MAXIMUM, Pause, PauseState
from events.replay_plan import RATE_MAXIMUM
from events.store import pauses
from events.store.parking import new_place

_logger = structlog.get_logger(__name__)

# Others may pause and resume the same at the same moment.
_TRIES = 20


def pause_events(*, tenant: str | None, event_type: str | None, reason: str, actor: str) -> Pause:
    """Let the events of a type, a tenant or both wait from now on; None means all.

    What runs comes to its end. What is paused already stays as it is; what is being drained rests
    again. Raises PausesEverything, TooManyPauses.
    """
    if tenant is None and event_type is None:
        raise PausesEverything("neither a tenant nor a type")
    wanted = Pause(
        pause_id=identity.new_event_id(),
        tenant=tenant,
        event_type=event_type,
        place=new_place(),
        reason=reason,
        paused_by=actor,
        paused_at=clock.now(),
    )
    for _ in range(_TRIES):
        live = pauses.read_live()
        before = next((each for each in live if str(each) == str(wanted)), None)
        if before is not None and before.state is PauseState.PAUSED:
            return _known(before)
        if before is None and len(live) >= PAUSES_MAXIMUM:
            raise TooManyPauses(f"there are {PAUSES_MAXIMUM} pauses")
        after = wanted
        if before is not None:
            after = replace(wanted, pause_id=before.pause_id, place=before.place)
        if pauses.insert(after) if before is None else pauses.change(before, after):
            _log("events_paused", after, actor)
            return _known(after)
    raise StoreUnavailable("others keep changing the pause")


def resume_events(
    pause_id: str, *, rate: int, actor: str, may_change: Callable[[Pause], bool] = bool
) -> Pause:
    """End a pause: workers dispatch what has waited, so many events a second.

    Resuming once more changes the rate. ``may_change`` hides pauses that are not the actor's
    business. Raises PauseNotFound.
    """
    if not 1 <= rate <= RATE_MAXIMUM:
        raise ValueError(f"a pause is drained at 1 to {RATE_MAXIMUM} events a second, not {rate}")
    for _ in range(_TRIES):
        live = [each for each in pauses.read_live() if may_change(each)]
        before = next((each for each in live if each.pause_id == pause_id), None)
        if before is None:
            raise PauseNotFound(f"There is no pause {pause_id}.")
        after = replace(
            before,
            state=PauseState.DRAINING,
            rate=rate,
            resumed_by=actor,
            resumed_at=clock.now(),
        )
        if pauses.change(before, after):
            _log("events_resumed", after, actor)
            return _known(after)
    raise StoreUnavailable("others keep changing the pause")


def end_pause(pause: Pause) -> bool:
    """Put a pause away whose events have all been dispatched; False if it was changed since."""
    ended = replace(pause, state=PauseState.ENDED, ended_at=clock.now())
    kept_until = clock.now() + timedelta(days=settings.RETENTION_DAYS)
    is_over = pauses.put_away(pause, ended, expires_at=int(kept_until.timestamp()))
    if is_over:
        _log("pause_ended", ended, "worker")
    return is_over


def _known(pause: Pause) -> Pause:
    # This process, at least, need not wait to hear of it.
    pauses.forget_known()
    return pause


def _log(name: str, pause: Pause, actor: str) -> None:
    _logger.info(name, pause_id=pause.pause_id, paused=str(pause), actor=actor)
