"""What travels: the fields the exporter reads, many events to one SQS message."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

# The exporter counts by these and by nothing else. Arguments, results, tracebacks and the
# messages of exceptions stay in the worker: they cost money here and may hold personal data.
_TASK_FIELDS = ("uuid", "name", "queue")
_WORKER_FIELDS = ("freq", "active")
_FIELDS: dict[str, tuple[str, ...]] = {
    "worker-online": _WORKER_FIELDS,
    "worker-heartbeat": _WORKER_FIELDS,
    "worker-offline": _WORKER_FIELDS,
    "task-received": _TASK_FIELDS,
    "task-started": _TASK_FIELDS,
    "task-succeeded": (*_TASK_FIELDS, "runtime"),
    "task-failed": (*_TASK_FIELDS, "exception"),
    "task-retried": _TASK_FIELDS,
    "task-rejected": _TASK_FIELDS,
    "task-revoked": _TASK_FIELDS,
}
# The lower of the limits SQS has had; a larger message is also billed as several.
_MAX_BODY_BYTES = 262_144


class UnreadableMessageError(Exception):
    """The body of a message is not what ``pack_events`` makes."""


def exported_fields(event_type: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Pick what the exporter needs; None if it has no use for events of this type."""
    names = _FIELDS.get(event_type)
    if names is None:
        return None
    return {name: fields[name] for name in names if name in fields}


def pack_events(lines: list[str]) -> list[str]:
    """Turn events, each a line of JSON, into as few message bodies as the size limit allows.

    SQS bills each 64 KB, and events are alike: compressed they take about a tenth.
    """
    packed = zlib.compress(f"[{','.join(lines)}]".encode())
    body = base64.b64encode(packed).decode("ascii")
    if len(body) <= _MAX_BODY_BYTES or len(lines) == 1:
        return [body]
    middle = len(lines) // 2
    return pack_events(lines[:middle]) + pack_events(lines[middle:])


def unpack_events(body: str) -> list[dict[str, Any]]:
    """Read the events of one message; raises ``UnreadableMessageError``."""
    try:
        events = json.loads(zlib.decompress(base64.b64decode(body, validate=True)))
    except (binascii.Error, zlib.error, ValueError) as error:
        raise UnreadableMessageError(str(error)) from error
    if not isinstance(events, list):
        raise UnreadableMessageError("not a list")
    return events
