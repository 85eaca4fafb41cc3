"""What is kept of a handler's failure: short, grouped with its like, and without secrets."""

import hashlib
import traceback
from types import FrameType, TracebackType

from django.conf import settings

from events.event import AttemptError
from events.redaction import redact

# Up to twenty failures stand on one item, and every later write of it pays for them.
MESSAGE_LIMIT = 500
TRACEBACK_LIMIT = 2_000


def describe_failure(error: BaseException, *, event_type: str) -> AttemptError:
    """Turn an exception into what the attempt's record keeps of it."""
    error_type = _encodable(_qualified_name(type(error)))
    text = "".join(traceback.format_exception(error))
    return AttemptError(
        type=error_type,
        message=_shorten_end(_storable(_text_of(error)), MESSAGE_LIMIT),
        fingerprint=_fingerprint(event_type, error_type, error.__traceback__),
        traceback=_shorten_start(_storable(text), TRACEBACK_LIMIT),
    )


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # a class of a handler's own may fail at anything
        return "<it has no text: str() failed>"


def _storable(text: str) -> str:
    return redact(_encodable(text), settings.REDACTED_FIELDS)


def _encodable(text: str) -> str:
    # A lone surrogate, as in a file name that is no UTF-8, is nothing that DynamoDB takes.
    return text.encode("utf-8", "replace").decode()


def _fingerprint(event_type: str, error_type: str, trace: TracebackType | None) -> str:
    # No line number: a release that moves the code must not start a new group.
    parts = (event_type, error_type, _encodable(_own_frame(trace)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _own_frame(trace: TracebackType | None) -> str:
    """Name the deepest frame of the project's own code, or the deepest one of all."""
    own: FrameType | None = None
    deepest: FrameType | None = None
    for frame, _ in traceback.walk_tb(trace):
        deepest = frame
        if _is_own(frame):
            own = frame
    named = own or deepest
    if named is None:
        return ""
    return f"{named.f_globals.get('__name__', '')}.{named.f_code.co_qualname}"


def _is_own(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    return path.startswith(str(settings.ROOT)) and "site-packages" not in path


def _qualified_name(kind: type[BaseException]) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _shorten_end(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _shorten_start(text: str, limit: int) -> str:
    # The end of a traceback says what happened; its start only how the worker got there.
    return text if len(text) <= limit else f"…{text[-(limit - 1) :]}"
