"""The headers that requests and answers carry, described once."""

from events.api.schema import examples
from events.api.schema.operation import Parameter

_SECONDS = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}

REQUEST_ID = Parameter(
    name="X-Request-ID",
    schema={"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,128}$"},
    description="The request's id in our log: the one that you sent, or else one of ours.",
    is_required=True,
    example="4f1d0f6e8a5b4c1c9b6f0d4e2a7c3b10",
)
SERVER_TIMING = Parameter(
    name="Server-Timing",
    schema=_TEXT,
    description=(
        "Milliseconds that the request took: waiting for store and queue, and in all. Not of a "
        "request that could not be read."
    ),
    example="store;dur=3.1, queue;dur=2.4, total;dur=6.2",
)
ALWAYS = (REQUEST_ID, SERVER_TIMING)
RETRY_AFTER = Parameter(
    name="Retry-After",
    schema=_SECONDS,
    description="Seconds to wait before the same request is worth another try.",
    is_required=True,
    example=5,
)
LOCATION = Parameter(
    name="Location",
    schema={"type": "string", "format": "uri-reference"},
    description="The address of the event, if it was one.",
    example=f"/events/{examples.EVENT_ID}",
)
IDEMPOTENCY_REPLAYED = Parameter(
    name="Idempotency-Replayed",
    schema={"const": "true"},
    description="The key came before with the same event: this is that event.",
)
WWW_AUTHENTICATE = Parameter(
    name="WWW-Authenticate",
    schema=_TEXT,
    description="How to say who you are.",
    is_required=True,
    example='Bearer realm="events"',
)
RATE_LIMIT_POLICY = Parameter(
    name="RateLimit-Policy",
    schema=_TEXT,
    description="Of keys with a limit: `q` events at once, and again within `w` seconds.",
    example='"events";q=100;w=10',
)
RATE_LIMIT = Parameter(
    name="RateLimit",
    schema=_TEXT,
    description="Of keys with a limit: `r` events are left, and all of them in `t` seconds.",
    example='"events";r=73;t=3',
)
LIMITS = (RATE_LIMIT_POLICY, RATE_LIMIT)
ETAG = Parameter(
    name="ETag",
    schema=_TEXT,
    description="Changes with whatever is shown of the event; for If-None-Match.",
    is_required=True,
    example=examples.ETAG,
)
ALLOW = Parameter(
    name="Allow",
    schema=_TEXT,
    description="The methods that the address takes.",
    is_required=True,
    example="GET, HEAD, OPTIONS",
)
ACCEPT_POST = Parameter(
    name="Accept-Post", schema=_TEXT, description="The media types that the address takes."
)
ACCEPT_ENCODING = Parameter(
    name="Accept-Encoding", schema=_TEXT, description="The encodings that bodies may have."
)
