"""What can go wrong with an event.

EventError
├── Retryable                     the same call may succeed later
│   ├── StoreUnavailable          DynamoDB did not answer, or answered with a fault
│   ├── StoreThrottled            DynamoDB asks for less
│   ├── QueueUnavailable          SQS did not take the message
│   └── DatabaseUnavailable       the SQL database does not answer, and nothing is known yet
└── Permanent                     the same call will fail again
    ├── EventNotFound             no event of this tenant has this id
    ├── EventIsOpen               the event is not terminal yet
    ├── EventHasEnded             the event is terminal already
    ├── MarkedDead                somebody has ended the event
    ├── PayloadErased             there is nothing left to run the event on
    ├── PayloadVersionNotFound    the event never had so many payloads
    ├── EmptyReplayFilter         a replay plan must say which events it means
    ├── ReplayNotConfirmed        so many events are replayed only if their number is confirmed
    ├── ReplayPlanOverlaps        another plan may be replaying some of the same events
    ├── ReplayPlanNotFound        no replay plan of this tenant has this id
    ├── ReplayPlanHasEnded        the replay plan is completed or aborted
    ├── SecondPersonNeeded        so large a replay plan takes somebody else's word, too
    ├── ReplayRequestDecided      the word was given already, or refused
    ├── PausesEverything          a pause must say which type or tenant it means
    ├── TooManyPauses             so many pauses at once are more than anybody can oversee
    ├── PauseNotFound             there is no such pause that has not ended
    ├── IdempotencyKeyReused      the key was used with another event, or one erased since
    ├── ErrorGroupNotFound        no failures of this tenant have this fingerprint
    ├── APIKeyNotFound            no API key has this id
    ├── APIKeyHasEnded            the API key is revoked or expired
    ├── APIKeyHasChanged          somebody else changed the API key first
    ├── UnknownEventType          nobody has registered the type, and only registered ones are taken
    ├── SchemaViolation           the payload does not match its type's schema
    ├── EventTypeNotFound         no event type has this name
    ├── IncompatibleSchema        payloads that matched would be refused from now on
    ├── TableDiffers              a table is not as the platform needs it
    ├── RetriesExhausted          the last attempt that was allowed vanished with its worker
    ├── ReceivesExhausted         SQS set the event's message aside
    └── PermanentError            raised by a handler: do not try again

RetryAfter is raised by a handler: try again in so many seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# Ninety days; a wait without end would be a way to lose an event.
LONGEST_WAIT_SECONDS = 7_776_000


class EventError(Exception):
    """Anything that goes wrong with an event; ``code`` is stable and meant for programs.

    ``members`` is what a client may be told besides.
    """

    code = "event_error"

    def __init__(self, message: str = "", **members: Any) -> None:
        super().__init__(message)
        self.members = members

    @property
    def sentence(self) -> str:
        """What anybody may be told: a message may hold what is not the client's business."""
        return (type(self).__doc__ or "").partition("\n")[0]


class Retryable(EventError):
    """The same call may succeed later."""

    code = "retryable"


class StoreUnavailable(Retryable):
    """DynamoDB did not answer in time, or answered with a fault of its own."""

    code = "store_unavailable"


class StoreThrottled(Retryable):
    """DynamoDB asks for fewer requests."""

    code = "store_throttled"


class QueueUnavailable(Retryable):
    """SQS did not take the message in time."""

    code = "queue_unavailable"


class DatabaseUnavailable(Retryable):
    """The SQL database does not answer, and what it holds was not read before."""

    code = "database_unavailable"


class Permanent(EventError):
    """The same call will fail again."""

    code = "permanent"


class EventNotFound(Permanent):
    """No event of this tenant has this id."""

    code = "event_not_found"


class EventIsOpen(Permanent):
    """The event is not terminal yet, so it can be neither replayed nor erased."""

    code = "event_is_open"


class EventHasEnded(Permanent):
    """The event has succeeded or is dead, so nothing is left to be ended."""

    code = "event_has_ended"


class MarkedDead(Permanent):
    """Somebody decided that no more attempts of the event will be made."""

    code = "marked_dead"


class PayloadErased(Permanent):
    """The event's payload has been erased before; it is replayed with a new payload only."""

    code = "payload_erased"


class PayloadVersionNotFound(Permanent):
    """The event has no payload of this version."""

    code = "payload_version_not_found"


class EmptyReplayFilter(Permanent):
    """The filter is empty; name a type, status, source, time or error of the events you mean."""

    code = "empty_replay_filter"


class ReplayNotConfirmed(Permanent):
    """So many events are replayed only if confirm_count is at least the count named here."""

    code = "replay_not_confirmed"


class ReplayPlanOverlaps(Permanent):
    """A replay plan that has not ended may mean some of the same events; plan_id names it."""

    code = "replay_plan_overlaps"


class ReplayPlanNotFound(Permanent):
    """No replay plan of this tenant has this id."""

    code = "replay_plan_not_found"


class ReplayPlanHasEnded(Permanent):
    """The replay plan is completed or aborted, and stays so; make another one."""

    code = "replay_plan_has_ended"


class ErrorGroupNotFound(Permanent):
    """No failures of this tenant have this fingerprint."""

    code = "error_group_not_found"


class SecondPersonNeeded(Permanent):
    """So large a replay plan starts only when somebody else agrees."""

    code = "second_person_needed"


class ReplayRequestDecided(Permanent):
    """Somebody has agreed to the replay request already, or declined it."""

    code = "replay_request_decided"


class PausesEverything(Permanent):
    """The pause would stop everything; name an event type or a tenant, or stop the workers."""

    code = "pauses_everything"


class TooManyPauses(Permanent):
    """There are as many pauses as there may be; resume one, or pause a whole tenant instead."""

    code = "too_many_pauses"


class PauseNotFound(Permanent):
    """There is no pause with this id, or it has ended."""

    code = "pause_not_found"


class IdempotencyKeyReused(Permanent):
    """The idempotency key came before, with another event or one that was erased since."""

    code = "idempotency_key_reused"


class APIKeyNotFound(Permanent):
    """No API key has this id."""

    code = "api_key_not_found"


class APIKeyHasEnded(Permanent):
    """The API key is revoked or expired."""

    code = "api_key_has_ended"


class APIKeyHasChanged(Permanent):
    """Somebody else changed, rotated or revoked the API key after it was looked at."""

    code = "api_key_has_changed"


class UnknownEventType(Permanent):
    """Only registered event types are taken, and this one is not registered."""

    code = "unknown_event_type"


class SchemaViolation(Permanent):
    """The payload does not match the schema of its event type; ``faults`` say where."""

    code = "schema_violation"

    def __init__(self, message: str, *, faults: Sequence[Mapping[str, str]]) -> None:
        super().__init__(message)
        self.faults = faults


class EventTypeNotFound(Permanent):
    """No event type has this name."""

    code = "event_type_not_found"


class IncompatibleSchema(Permanent):
    """The new schema may refuse payloads that the old one took."""

    code = "incompatible_schema"


class TableDiffers(Permanent):
    """A table that exists is not as the platform needs it."""

    code = "table_differs"


class RetriesExhausted(Permanent):
    """The last attempt that was allowed never reported back: its worker vanished."""

    code = "retries_exhausted"


class ReceivesExhausted(Permanent):
    """SQS set the message aside: it was received too often without ever being finished."""

    code = "receives_exhausted"


class PermanentError(Permanent):
    """Raised by a handler that knows another attempt would fail too: the event is dead at once."""

    code = "permanent_error"


class RetryAfter(EventError):
    """Raised by a handler that knows when another attempt makes sense."""

    code = "retry_after"

    def __init__(self, seconds: float, message: str = "") -> None:
        if not 0 <= seconds <= LONGEST_WAIT_SECONDS:
            raise ValueError(f"RetryAfter takes 0 to {LONGEST_WAIT_SECONDS} seconds, not {seconds}")
        super().__init__(message or f"asked to be tried again in {seconds:g} s")
        self.seconds = seconds
