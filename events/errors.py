"""What can go wrong with an event.

EventError
├── Retryable                     the same call may succeed later
│   ├── StoreUnavailable          DynamoDB did not answer, or answered with a fault
│   ├── StoreThrottled            DynamoDB asks for less
│   └── QueueUnavailable          SQS did not take the message
└── Permanent                     the same call will fail again
    ├── EventNotFound             no event of this tenant has this id
    ├── EventIsOpen               the event is not terminal yet
    ├── IdempotencyKeyReused      the key was used with another event
    ├── TableDiffers              a table is not as the platform needs it
    └── PermanentError            raised by a handler: do not try again

RetryAfter is raised by a handler: try again in so many seconds.
"""

# Ninety days; a wait without end would be a way to lose an event.
LONGEST_WAIT_SECONDS = 7_776_000


class EventError(Exception):
    """Anything that goes wrong with an event; ``code`` is stable and meant for programs."""

    code = "event_error"


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


class Permanent(EventError):
    """The same call will fail again."""

    code = "permanent"


class EventNotFound(Permanent):
    """No event of this tenant has this id."""

    code = "event_not_found"


class EventIsOpen(Permanent):
    """The event is not terminal yet, so it cannot be replayed."""

    code = "event_is_open"


class IdempotencyKeyReused(Permanent):
    """The idempotency key came before, with another event."""

    code = "idempotency_key_reused"


class TableDiffers(Permanent):
    """A table that exists is not as the platform needs it."""

    code = "table_differs"


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
