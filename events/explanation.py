"""Why an event is where it is, and what will happen next."""

import enum
from dataclasses import dataclass
from datetime import datetime

from events.event import AttemptError, Replay, Status
from events.pause import Pause


class Reason(enum.StrEnum):
    """Why an event is where it is; stable, and meant for programs."""

    WAITS_FOR_WORKER = "waits_for_worker"
    WAITS_FOR_ITS_TIME = "waits_for_its_time"
    REPLAY_WAITS_FOR_WORKER = "replay_waits_for_worker"
    # Its type or its tenant is paused.
    PAUSED = "paused"
    # Recovery should have moved it by now.
    OVERDUE = "overdue"
    RUNS = "runs"
    # Its worker has given no sign of life for a whole lease.
    LEASE_RAN_OUT = "lease_ran_out"
    WAITS_FOR_RETRY = "waits_for_retry"
    RETRY_WAITS_FOR_WORKER = "retry_waits_for_worker"
    # Its worker was stopped in the middle, through no fault of the handler's.
    GIVEN_BACK = "given_back"
    SUCCEEDED = "succeeded"
    # It succeeded since nobody handles its type.
    NOT_HANDLED = "not_handled"
    # The error was one that no further attempt mends.
    NOT_RETRYABLE = "not_retryable"
    RETRIES_USED_UP = "retries_used_up"
    # The last attempt that was allowed vanished with its worker.
    LAST_ATTEMPT_VANISHED = "last_attempt_vanished"
    # SQS delivered its message too often without an end.
    RECEIVES_USED_UP = "receives_used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an explanation rests on; None where there is no such thing.

    ``attempt`` counts those of this generation that count towards ``attempts_allowed``, which is
    None where nobody handles the type. ``due_at`` is when recovery looks after the event;
    ``is_parked`` means that it does not, until ``pause`` is over, if it is not already.
    """

    status: Status
    generation: int
    event_type: str
    received_at: datetime
    updated_at: datetime
    process_at: datetime | None
    next_attempt_at: datetime | None
    lease_ends_at: datetime | None
    due_at: datetime | None
    is_parked: bool
    pause: Pause | None
    expires_at: datetime
    attempt: int
    attempts_allowed: int | None
    worker: str | None
    error: AttemptError | None
    replay: Replay | None
    is_handled: bool
    is_erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``sentence`` is for people and says both why and what next; ``reason`` is for programs."""

    event_id: str
    reason: Reason
    sentence: str
    facts: Facts
