"""Explaining events: one sentence, a stable reason and the facts, for whoever looks at one."""

from datetime import datetime, timedelta

from django.conf import settings

from events import clock
from events.errors import PermanentError, ReceivesExhausted, RetriesExhausted
from events.event import Attempt, Event, Outcome, Status
from events.explanation import Explanation, Facts, Reason
from events.pause import Pause
from events.registry import get_handler, record_only
from events.store import codec, events
from events.store.models import EventItem
from events.store.parking import place_of
from events.store.pauses import known_pauses

# Recovery looks at each part of the open index this often, so what is due goes this much later.
_LOOK = timedelta(seconds=settings.RECOVERY_INTERVAL_SECONDS)

_Told = tuple[Reason, str]


def explain_event(event_id: str, *, tenant: str) -> Explanation:
    """Say why an event is where it is and what will happen next; one read.

    Raises EventNotFound.
    """
    item = events.find(event_id, tenant=tenant)
    event = codec.to_event(item, None)
    facts = _gather(item, event)
    reason, sentence = _tell(facts, _last_attempt(event), now=clock.now())
    return Explanation(event_id=event_id, reason=reason, sentence=sentence, facts=facts)


def _gather(item: EventItem, event: Event) -> Facts:
    handler = get_handler(event.event_type)
    is_handled = handler.function is not record_only
    last = _last_attempt(event)
    is_at_work = event.status is Status.PROCESSING
    is_parked = item.due_at is not None and place_of(item.due_at) > 0
    return Facts(
        status=event.status,
        generation=event.generation,
        event_type=event.event_type,
        received_at=event.received_at,
        updated_at=event.updated_at,
        process_at=event.process_at,
        next_attempt_at=event.next_attempt_at,
        lease_ends_at=codec.from_microseconds(item.claimable_at) if is_at_work else None,
        due_at=None if is_parked else _due_at(item),
        is_parked=is_parked,
        pause=known_pauses().find(event.tenant, event.event_type),
        expires_at=event.expires_at,
        attempt=_counted_attempts(item, event),
        attempts_allowed=handler.max_retries + 1 if is_handled else None,
        worker=last.worker if last else None,
        error=last.error if last else None,
        replay=event.replays[-1] if event.replays else None,
        is_handled=is_handled,
        is_erased=item.payload is None and item.payload_id is None,
    )


def _due_at(item: EventItem) -> datetime | None:
    if item.due_at is None:
        return None
    # A delayed event is sent to the queue before its time, and waits there.
    waits_until = item.claimable_at or 0 if item.status == Status.PENDING else 0
    return codec.from_microseconds(max(item.due_at, waits_until))


def _tell(  # noqa: PLR0911  # a table
    facts: Facts, last: Attempt | None, *, now: datetime
) -> _Told:
    match facts.status:
        case Status.SUCCEEDED:
            return _tell_succeeded(facts, last)
        case Status.DEAD:
            return _tell_dead(facts)
        case Status.PROCESSING:
            return _tell_processing(facts, now)
    if facts.is_parked:
        return _tell_parked(facts.pause)
    if facts.due_at is not None and now > facts.due_at + _LOOK:
        return _tell_overdue(facts)
    if facts.status is Status.RETRYING:
        return _tell_retrying(facts, last, now)
    return _tell_pending(facts, now)


def _tell_pending(facts: Facts, now: datetime) -> _Told:
    until = f"it goes to the queue once more if no worker has taken it by {_show(facts.due_at)}"
    if facts.process_at is not None and facts.generation == 1 and facts.process_at > now:
        return (
            Reason.WAITS_FOR_ITS_TIME,
            (
                f"It was sent to be worked on at {_show(facts.process_at)}, and goes to a worker "
                f"within some {_LOOK.total_seconds():g} s of then."
            ),
        )
    if facts.replay is not None:
        return (
            Reason.REPLAY_WAITS_FOR_WORKER,
            (
                f"{facts.replay.actor} replayed it at {_show(facts.replay.replayed_at)}, and it "
                f"waits for a worker; {until}."
            ),
        )
    return (
        Reason.WAITS_FOR_WORKER,
        f"It was accepted at {_show(facts.received_at)} and waits for a worker; {until}.",
    )


def _tell_parked(pause: Pause | None) -> _Told:
    if pause is None:
        return (Reason.PAUSED, "Its pause is over; it goes to the queue at the rate of the rest.")
    what = "its event type" if pause.event_type else "its tenant"
    return (
        Reason.PAUSED,
        (
            f"{pause.paused_by} paused {what} at {_show(pause.paused_at)} ({pause.reason}); "
            f"it goes to the queue when somebody resumes that."
        ),
    )


def _tell_overdue(facts: Facts) -> _Told:
    return (
        Reason.OVERDUE,
        (
            f"It should have moved by {_show(facts.due_at)}; recovery sends it to the queue again "
            f"as soon as a worker runs that has no older messages to work on."
        ),
    )


def _tell_processing(facts: Facts, now: datetime) -> _Told:
    if facts.lease_ends_at is not None and facts.lease_ends_at <= now:
        return (
            Reason.LEASE_RAN_OUT,
            (
                f"Its worker {facts.worker} has given no sign of life since before "
                f"{_show(facts.lease_ends_at)}; the next attempt begins when its message comes "
                f"back, or recovery sends another."
            ),
        )
    return (
        Reason.RUNS,
        (
            f"{_show_attempt(facts)} runs on {facts.worker}, which holds the event until "
            f"{_show(facts.lease_ends_at)} and longer while it lives."
        ),
    )


def _tell_retrying(facts: Facts, last: Attempt | None, now: datetime) -> _Told:
    is_due = facts.next_attempt_at is None or facts.next_attempt_at <= now
    if last is not None and last.outcome is Outcome.STOPPED:
        return (
            Reason.GIVEN_BACK,
            (
                f"Worker {facts.worker} was stopped while it ran the event; the attempt does not "
                f"count, and the next one begins on another worker at once."
            ),
        )
    failed = f"{_show_attempt(facts)} failed with {_show_error(facts)}"
    if is_due:
        return (
            Reason.RETRY_WAITS_FOR_WORKER,
            (
                f"{failed}; the next one was due at {_show(facts.next_attempt_at)} and waits for a "
                f"worker."
            ),
        )
    return (
        Reason.WAITS_FOR_RETRY,
        f"{failed}; the next one begins at {_show(facts.next_attempt_at)}.",
    )


def _tell_succeeded(facts: Facts, last: Attempt | None) -> _Told:
    # An erasure changes the event later than it ended.
    ended_at = (last and last.ended_at) or facts.updated_at
    ended = f"at {_show(ended_at)}; nothing follows unless somebody replays it{_say_erased(facts)}"
    if not facts.is_handled:
        return (
            Reason.NOT_HANDLED,
            (
                f"No handler is registered for {facts.event_type}, so it succeeded without "
                f"anything being done {ended}."
            ),
        )
    return Reason.SUCCEEDED, f"It succeeded on {facts.worker} {ended}."


def _tell_dead(facts: Facts) -> _Told:
    error_type = facts.error and facts.error.type
    reason, why = (
        Reason.NOT_RETRYABLE,
        (f"{_show_attempt(facts)} failed with {_show_error(facts)}, after which no other is made"),
    )
    if error_type == _name_of(RetriesExhausted):
        reason, why = (
            Reason.LAST_ATTEMPT_VANISHED,
            "The last attempt that was allowed vanished with its worker",
        )
    elif error_type == _name_of(ReceivesExhausted):
        reason, why = (
            Reason.RECEIVES_USED_UP,
            "SQS delivered its message too often without an end, and set it aside",
        )
    elif _has_used_up_retries(facts) and error_type != _name_of(PermanentError):
        reason, why = (
            Reason.RETRIES_USED_UP,
            f"All {facts.attempt} attempts failed, the last with {_show_error(facts)}"
            if facts.attempt > 1
            else f"Its only attempt failed with {_show_error(facts)}",
        )
    return reason, f"{why}; it stays dead until somebody replays it{_say_erased(facts)}."


def _say_erased(facts: Facts) -> str:
    return " with a new payload, since its own is erased" if facts.is_erased else ""


def _has_used_up_retries(facts: Facts) -> bool:
    # By today's handler: the event does not say what its limit was then.
    return facts.attempts_allowed is not None and facts.attempt >= facts.attempts_allowed


def _last_attempt(event: Event) -> Attempt | None:
    """Return the newest attempt of this generation."""
    own = [each for each in event.attempts if each.generation == event.generation]
    return own[-1] if own else None


def _counted_attempts(item: EventItem, event: Event) -> int:
    stopped = [
        each
        for each in event.attempts
        if each.generation == event.generation and each.outcome is Outcome.STOPPED
    ]
    return int(item.attempt_number) - len(stopped)


def _name_of(error: type[Exception]) -> str:
    """Return what an attempt's record calls an error."""
    return f"{error.__module__}.{error.__qualname__}"


def _show_attempt(facts: Facts) -> str:
    allowed = "" if facts.attempts_allowed is None else f" of {facts.attempts_allowed}"
    return f"Attempt {facts.attempt}{allowed}"


def _show_error(facts: Facts) -> str:
    return facts.error.type if facts.error else "an error that is not kept"


def _show(moment: datetime | None) -> str:
    return "a time that is not kept" if moment is None else f"{moment:%F %T} UTC"
