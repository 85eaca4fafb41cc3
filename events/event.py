"""What an event is, wherever it is shown or worked on."""

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any


class Status(enum.StrEnum):
    """Where an event is in its life."""

    PENDING = "pending"
    PROCESSING = "processing"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    DEAD = "dead"

    @property
    def is_terminal(self) -> bool:
        return self in (Status.SUCCEEDED, Status.DEAD)


class Outcome(enum.StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    # The worker vanished, and the lease passed to the next attempt.
    LOST = "lost"
    # The worker was stopped and gave the event back; no fault of the handler's.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptError:
    """Why an attempt failed; ``fingerprint`` is equal for failures of the same kind."""

    type: str
    message: str
    fingerprint: str
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of the handler; ``number`` starts at 1 in each generation, ``token`` is unique."""

    token: str
    number: int
    generation: int
    worker: str
    version: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    error: AttemptError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The start of a generation above the first: who asked for it, when and why.

    ``plan_id`` names the replay plan that it belongs to, ``payload_version`` what it runs on;
    ``traceparent`` is the request's that asked for it, where tracing was on.
    """

    generation: int
    replayed_at: datetime
    actor: str
    reason: str
    plan_id: str | None = None
    payload_version: int = 1
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadVersion:
    """A payload of an event: the client's own is the first, further ones come with replays.

    ``item_id`` names the item that holds it, None where the event itself does.
    """

    version: int
    created_at: datetime
    actor: str | None = None
    item_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That an event's payload was erased, in which generation, by whom, when and why.

    One that was cut off is not finished: a part that is kept by itself may still be there.
    """

    generation: int
    erased_at: datetime
    actor: str
    reason: str
    is_finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that a client wants stored; ``cloudevent_json`` is as in ``Event``."""

    event_type: str
    payload_json: str
    source: str | None = None
    subject: str | None = None
    process_at: datetime | None = None
    idempotency_key: str | None = None
    cloudevent_json: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One stored fact. ``payload_json`` is the client's own JSON text, None once erased.

    ``cloudevent_json`` holds what else a CloudEvent said, None if the event was not one.
    ``traceparent`` is that of the request that brought it, where tracing was on.
    """

    event_id: str
    event_type: str
    tenant: str
    payload_json: str | None
    status: Status
    generation: int
    received_at: datetime
    updated_at: datetime
    expires_at: datetime
    source: str | None = None
    subject: str | None = None
    process_at: datetime | None = None
    next_attempt_at: datetime | None = None
    result_json: str | None = None
    attempt_count: int = 0
    attempts: tuple[Attempt, ...] = ()
    replays: tuple[Replay, ...] = ()
    cloudevent_json: str | None = None
    # Of an event whose payload was edited: all of them, the newest last.
    payload_versions: tuple[PayloadVersion, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    traceparent: str | None = None

    @property
    def trace_id(self) -> str | None:
        return trace_id_of(self.traceparent)

    @property
    def is_erased(self) -> bool:
        """Say whether its payload is gone; a replay with a new one makes a new generation."""
        return any(each.generation == self.generation for each in self.erasures)

    @property
    def is_partly_erased(self) -> bool:
        """Say whether an erasure was cut off; to erase again finishes it."""
        return not all(each.is_finished for each in self.erasures)

    @property
    def payload_version(self) -> int:
        return self.payload_versions[-1].version if self.payload_versions else 1

    @cached_property
    def payload(self) -> Any:  # whatever JSON the client sent
        return None if self.payload_json is None else json.loads(self.payload_json)


@dataclass(frozen=True, kw_only=True)
class ClaimedEvent(Event):
    """An event in the hands of one attempt: what a handler is given."""

    attempt_number: int
    # Of the HTTP request that this run was asked for by; None where recovery dispatched it.
    request_id: str | None = None
    owner: str = field(repr=False)
    extend_lease: Callable[["ClaimedEvent"], bool] = field(repr=False, compare=False)

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of a generation: give it to whatever must not act twice."""
        return f"{self.event_id}:{self.generation}"

    @cached_property
    def counted_attempts(self) -> int:
        """How many attempts of this generation count towards ``max_retries``, this one included."""
        stopped = [
            each
            for each in self.attempts
            if each.generation == self.generation and each.outcome is Outcome.STOPPED
        ]
        return self.attempt_number - len(stopped)

    def still_owned(self) -> bool:
        """Ask the store whether this attempt still holds the event; costs one write."""
        return self.extend_lease(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The answer to an accepted event; ``is_repeat`` says its idempotency key came before."""

    event_id: str
    status: Status
    event_type: str
    tenant: str
    received_at: datetime
    is_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepths:
    """How many messages a queue holds, as SQS estimates them."""

    visible: int
    in_flight: int
    delayed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A worker as its last heartbeat told of it; ``active`` counts its running handlers."""

    name: str
    host: str
    version: str
    active: int
    seen_at: datetime


def trace_id_of(traceparent: str | None) -> str | None:
    # https://www.w3.org/TR/trace-context/#traceparent-header
    return None if traceparent is None else traceparent.split("-")[1]
