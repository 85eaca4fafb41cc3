"""The catalogue of problems: every stable code, when it comes, and what its document shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings

from events.api.schema import examples, headers
from events.api.schema.operation import Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one code means; ``members`` are an example of what its document holds besides."""

    status: HTTPStatus
    meaning: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[Parameter, ...] = ()


_PLACE = {"line": 1, "column": 28, "pointer": "/payload"}
_QUERY_FAULT = {
    "parameter": "limit",
    "code": "out_of_range",
    "message": "It must be from 1 to 200.",
}


def _bad_json(meaning: str) -> Entry:
    return Entry(status=HTTPStatus.BAD_REQUEST, meaning=meaning, members=_PLACE)


def _try_again(meaning: str) -> Entry:
    return Entry(
        status=HTTPStatus.SERVICE_UNAVAILABLE, meaning=meaning, headers=(headers.RETRY_AFTER,)
    )


def _unauthorized(meaning: str) -> Entry:
    return Entry(
        status=HTTPStatus.UNAUTHORIZED, meaning=meaning, headers=(headers.WWW_AUTHENTICATE,)
    )


CATALOGUE: dict[str, Entry] = {
    # Any address
    "bad_request": Entry(status=HTTPStatus.BAD_REQUEST, meaning="The request is broken."),
    "unknown_host": Entry(
        status=HTTPStatus.BAD_REQUEST,
        meaning="The Host header names none of this platform's hosts.",
    ),
    "malformed_request": Entry(
        status=HTTPStatus.BAD_REQUEST, meaning="This is not an HTTP request, or an ambiguous one."
    ),
    "https_required": Entry(
        status=HTTPStatus.FORBIDDEN,
        meaning="Plain HTTP is not taken here: what was sent has travelled in the open.",
    ),
    "forbidden": Entry(status=HTTPStatus.FORBIDDEN, meaning="This is not allowed."),
    "not_found": Entry(status=HTTPStatus.NOT_FOUND, meaning="There is nothing at this address."),
    "method_not_allowed": Entry(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        meaning="The address takes other methods; Allow names them.",
        headers=(headers.ALLOW,),
    ),
    "unknown_method": Entry(
        status=HTTPStatus.NOT_IMPLEMENTED, meaning="No address here takes this method."
    ),
    "internal_error": Entry(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        meaning="Something went wrong here; the log has it under this request_id.",
    ),
    # Who asks
    "missing_api_key": _unauthorized("Send an API key: Authorization: Bearer evp_..."),
    "invalid_api_key": _unauthorized("There is no such API key."),
    "revoked_api_key": _unauthorized("This API key was revoked."),
    "expired_api_key": _unauthorized("This API key has expired."),
    "missing_scope": Entry(
        status=HTTPStatus.FORBIDDEN, meaning="The API key lacks the scope that this call needs."
    ),
    "event_type_not_allowed": Entry(
        status=HTTPStatus.FORBIDDEN,
        meaning="The API key is for other event types only.",
        members={"event_types": ["order.*"]},
    ),
    "rate_limited": Entry(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        meaning="The API key's limit is used up for now.",
        headers=(headers.RETRY_AFTER,),
    ),
    # The line and the headers, answered by the server itself
    "request_line_too_long": Entry(
        status=HTTPStatus.REQUEST_URI_TOO_LONG, meaning="The address is too long."
    ),
    "headers_too_large": Entry(
        status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, meaning="The headers are too large."
    ),
    "expectation_failed": Entry(
        status=HTTPStatus.EXPECTATION_FAILED, meaning="Expect takes 100-continue only."
    ),
    "unsupported_transfer_coding": Entry(
        status=HTTPStatus.NOT_IMPLEMENTED, meaning="Transfer-Encoding takes chunked only."
    ),
    # The body
    "unsupported_media_type": Entry(
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        meaning="The Content-Type is none that this address takes; Accept-Post names them.",
        headers=(headers.ACCEPT_POST,),
    ),
    "unsupported_content_encoding": Entry(
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        meaning="The Content-Encoding is none that is taken; Accept-Encoding names them.",
        headers=(headers.ACCEPT_ENCODING,),
    ),
    "body_too_large": Entry(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        meaning="The body is larger than the limit.",
        members={"limit": settings.BODY_LIMIT_BYTES},
    ),
    "body_timeout": Entry(
        status=HTTPStatus.REQUEST_TIMEOUT,
        meaning=f"The body did not arrive within {settings.BODY_DEADLINE_SECONDS} s.",
    ),
    "broken_gzip": Entry(
        status=HTTPStatus.BAD_REQUEST,
        meaning="The body is sent with Content-Encoding: gzip, and is not just that.",
    ),
    "incomplete_body": Entry(
        status=HTTPStatus.BAD_REQUEST,
        meaning="The body ended before its announced length, or its chunks are broken.",
    ),
    "empty_body": _bad_json("The text is empty."),
    "byte_order_mark": _bad_json("The text begins with a byte order mark."),
    "invalid_utf8": _bad_json("The text is not UTF-8."),
    "malformed_json": _bad_json("The text is not JSON."),
    "number_not_finite": _bad_json("NaN and Infinity are not JSON."),
    "duplicate_key": _bad_json("The key came before in this object."),
    "lone_surrogate": _bad_json("An escape is half of a character."),
    "nesting_too_deep": _bad_json(f"The text nests deeper than {settings.JSON_DEPTH_LIMIT}."),
    # The event
    "invalid_event": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The event has faults; each is listed with its place.",
        members={"errors": [examples.FAULT]},
    ),
    "invalid_idempotency_key": Entry(
        status=HTTPStatus.BAD_REQUEST,
        meaning="The header Idempotency-Key takes 1 to 255 printable ASCII characters.",
        members={"header": "Idempotency-Key"},
    ),
    "idempotency_key_reused": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The idempotency key came before, with another event or one that was erased since.",
    ),
    "event_too_large": Entry(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        meaning="The event is larger than the limit; of an entry of a batch.",
    ),
    "invalid_batch": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="No event of the batch was accepted; the results say why.",
        members={
            "results": [examples.REFUSED],
            "failed_count": 1,
        },
    ),
    "invalid_query": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The query has faults; each is listed with its parameter.",
        members={"errors": [_QUERY_FAULT]},
    ),
    "invalid_cursor": Entry(
        status=HTTPStatus.BAD_REQUEST,
        meaning="The cursor is not of this list; send it as it stood in next, or begin again.",
        members={"parameter": "cursor"},
    ),
    "unknown_event_type": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="Only registered event types are taken, and this one is not registered.",
    ),
    "schema_violation": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The payload does not match the schema of its event type.",
        members={"errors": [{**examples.FAULT, "pointer": "/payload/order"}]},
    ),
    "event_type_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="No event type has this name."
    ),
    "event_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="No event of this tenant has this id."
    ),
    "event_is_open": Entry(
        status=HTTPStatus.CONFLICT,
        meaning="The event is not terminal yet, so it can be neither replayed nor erased.",
    ),
    "payload_erased": Entry(
        status=HTTPStatus.CONFLICT,
        meaning="The event's payload has been erased before; the event shows by whom and why. "
        "It is replayed with a new payload only.",
    ),
    "payload_version_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="The event has no payload of this version."
    ),
    # Replays
    "invalid_replay": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The replay has faults; each is listed with its place.",
        members={"errors": [{**examples.FAULT, "pointer": "/reason"}]},
    ),
    "empty_replay_filter": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The filter is empty; name a type, status, source, time or error.",
    ),
    "replay_not_confirmed": Entry(
        status=HTTPStatus.CONFLICT,
        meaning="So many events are replayed only if confirm_count is at least the count.",
        members={"count": 25_000, "is_exact": True},
    ),
    "replay_plan_overlaps": Entry(
        status=HTTPStatus.CONFLICT,
        meaning="A plan that has not ended may mean some of the same events; plan_id names it.",
        members={"plan_id": examples.PLAN_ID},
    ),
    "replay_plan_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="No replay plan of this tenant has this id."
    ),
    "replay_plan_has_ended": Entry(
        status=HTTPStatus.CONFLICT,
        meaning="The replay plan is completed or aborted, and stays so; make another one.",
        members={"state": "completed"},
    ),
    "error_group_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="No failures of this tenant have this fingerprint."
    ),
    "invalid_pause": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        meaning="The pause has faults; each is listed with its place.",
        members={"errors": [{**examples.FAULT, "pointer": "/reason"}]},
    ),
    "pauses_everything": Entry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, meaning="It would stop everything; name a type."
    ),
    "too_many_pauses": Entry(
        status=HTTPStatus.CONFLICT, meaning="There are as many pauses as there may be."
    ),
    "pause_not_found": Entry(
        status=HTTPStatus.NOT_FOUND, meaning="This key has no pause with this id to resume."
    ),
    "too_many_exports": _try_again("There are as many exports at once as there may be."),
    # What the platform stands on
    "store_unavailable": _try_again("DynamoDB did not answer in time."),
    "store_throttled": _try_again("DynamoDB asks for fewer requests."),
    "queue_unavailable": _try_again("SQS did not take the message in time."),
    "database_unavailable": _try_again("The SQL database does not answer."),
}

# What each address may answer: what the server, the middleware and the address itself refuse.
EVERYWHERE = (
    "bad_request",
    "malformed_request",
    "unknown_host",
    "https_required",
    "method_not_allowed",
    "internal_error",
)
# What is answered whatever the address, since nobody could read which it is, or by which method.
UNREADABLE = (
    "request_line_too_long",
    "expectation_failed",
    "headers_too_large",
    "unknown_method",
    "unsupported_transfer_coding",
)
# What each address that needs a key may answer besides.
KEYED = (
    "missing_api_key",
    "invalid_api_key",
    "revoked_api_key",
    "expired_api_key",
    "missing_scope",
    "database_unavailable",
)
JSON_BODY = (
    "unsupported_media_type",
    "unsupported_content_encoding",
    "body_too_large",
    "body_timeout",
    "incomplete_body",
    "broken_gzip",
    "empty_body",
    "byte_order_mark",
    "invalid_utf8",
    "malformed_json",
    "number_not_finite",
    "duplicate_key",
    "lone_surrogate",
    "nesting_too_deep",
)
STORE = ("store_unavailable", "store_throttled")
