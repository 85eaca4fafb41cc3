"""The id of the request that work is done for: in every line about it, the handler's too."""

import re
import uuid
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def new() -> str:
    return uuid.uuid4().hex


def sane(offered: object) -> str | None:
    """Return an id that came from outside; None unless it can stand in a header and a log."""
    return offered if isinstance(offered, str) and _SANE.fullmatch(offered) else None


def begin(request_id: str | None) -> None:
    """Do what follows in this context, its log lines included, for the request."""
    _current.set(request_id)
    if request_id is not None:
        bind_contextvars(request_id=request_id)


def current() -> str | None:
    return _current.get()
