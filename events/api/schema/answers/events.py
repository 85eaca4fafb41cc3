"""Events as the API answers them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, RootModel

from events.api.schema.answers.figures import Count, Digits16, Ordinal
from events.api.schema.answers.problems import Fault
from events.event import Outcome, Status


class Notice(BaseModel):
    """Something to mend on the client's side before it becomes a fault."""

    code: str
    message: str
    errors: list[Fault] = Field(
        default=[], description="What the event type's schema would refuse, if it were enforced."
    )


class Acceptance(BaseModel):
    """An accepted event: it is stored, and will be processed."""

    event_id: UUID
    status: Status
    event_type: str
    received_at: datetime
    warnings: list[Notice] = Field(
        default=[], description="Of a deprecated event type, or one that would refuse the payload."
    )


class AcceptedEntry(Acceptance):
    """An event of a batch that is stored."""

    repeated: bool = Field(description="Its idempotency key came before with the same event.")


class RefusedEntry(BaseModel):
    """An event of a batch that is not stored; `unavailable` means that it is to be sent again."""

    code: str
    detail: str
    line: Ordinal | None = Field(default=None, description="Where it stands in an NDJSON body.")
    errors: list[Fault] = Field(description="With pointers into the whole body.")


class BatchResult(BaseModel):
    """What became of each event of a batch, in its order."""

    results: list[AcceptedEntry | RefusedEntry]
    failed_count: Count


class Posted(RootModel[Acceptance | BatchResult]):
    """The event, or what became of each event of a batch."""


class CloudEvent(BaseModel):
    """An event as a CloudEvent, in the JSON format; further members are its extensions."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    data: Any = None


class AttemptError(BaseModel):
    """Why an attempt failed; the fingerprint is equal for failures of the same kind."""

    type: str
    message: str
    fingerprint: Digits16


class Attempt(BaseModel):
    """One run of the handler; outcome and end are null while it lasts."""

    number: Ordinal = Field(description="Counts from 1 in each generation.")
    generation: Ordinal
    worker: str
    version: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    error: AttemptError | None


class Replay(BaseModel):
    """The start of a generation above the first."""

    generation: Annotated[int, Field(ge=2)]
    replayed_at: datetime
    actor: str
    reason: str
    payload_version: Ordinal = Field(description="The payload that it runs on.")
    plan_id: UUID | None = Field(description="The replay plan that it belongs to.")


class PayloadVersion(BaseModel):
    """A payload of an event that has several: the client's own is the first."""

    version: Ordinal
    created_at: datetime
    actor: str | None


class Erasure(BaseModel):
    """That a payload was erased, with everything that may quote it."""

    generation: Ordinal
    erased_at: datetime
    actor: str
    reason: str


class EventRow(BaseModel):
    """An event as lists show it."""

    event_id: UUID
    event_type: str
    source: str | None
    subject: str | None
    tenant: str
    status: Status
    generation: Ordinal = Field(description="1, and one more with each replay.")
    received_at: datetime
    updated_at: datetime
    process_at: datetime | None = Field(description="The requested time of a delayed event.")
    next_attempt_at: datetime | None = Field(description="When a retry is due.")
    expires_at: datetime = Field(description="When the event is deleted.")
    result: Any = Field(description="What the handler returned, up to 4 KiB of JSON.")
    attempt_count: Count = Field(description="All attempts ever, also those not listed.")
    replays: list[Replay]
    payload_version: Ordinal = Field(description="1, and one more with each edited payload.")
    payload_versions: list[PayloadVersion] = Field(description="Empty unless it was edited.")
    is_erased: bool = Field(description="Its payload is gone for good.")
    erasures: list[Erasure]


class Event(EventRow):
    """An event with its payload and its attempts."""

    payload: Any = Field(
        description="The client's own JSON, no digit changed; null once it has been erased."
    )
    attempts: list[Attempt] = Field(max_length=20, description="The newest 20.")


class EventPage(BaseModel):
    """Some events, newest first."""

    events: list[EventRow]
    next: str | None = Field(
        description="The cursor of the next page; null on the last one. A page may be short, even "
        "empty, before that: what no index knows is looked for among so many events at a time."
    )


class ExportEnd(BaseModel):
    """The last line of an export; one that has none was cut off on its way."""

    complete: bool = Field(description="Whether these are all the events that were meant.")
    count: Annotated[int, Field(ge=0)] = Field(description="How many events stand before it.")
    code: str | None = Field(description="What went wrong here; null if nothing did.")
    next: str | None = Field(
        description="The cursor of the rest, null if there is none, or if there is all of it."
    )


class ExportLines(RootModel[list[Event | ExportEnd]]):
    """One per line, as OpenAPI 3.2 describes it: events, newest first, and one end."""


class CloudEvents(RootModel[list[CloudEvent]]):
    """Events in the JSON batch format of CloudEvents, newest first."""
