"""JSON as staff read it: indented, every digit as it was sent, secrets masked."""

import json
from typing import Any

from django.conf import settings

from events.redaction import REDACTED, is_secret, redact


class _Verbatim(str):
    """A number as the client wrote it."""

    __slots__ = ()


def show(text: str | None, *, is_masked: bool = True) -> str:
    """Indent a JSON text; masked, what looks like a secret is blanked by name and by looks."""
    if text is None:
        return ""
    try:
        value = json.loads(text, parse_float=_Verbatim, parse_int=_Verbatim)
    except ValueError:
        return redact(text, settings.REDACTED_FIELDS) if is_masked else text
    return _show(_mask(value) if is_masked else value, "")


def has_masked(text: str | None) -> bool:
    return show(text) != show(text, is_masked=False)


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: REDACTED if is_secret(name, settings.REDACTED_FIELDS) else _mask(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_mask(each) for each in value]
    if isinstance(value, str) and not isinstance(value, _Verbatim):
        return redact(value, settings.REDACTED_FIELDS)
    return value


def _show(value: Any, indent: str) -> str:
    inner = f"{indent}  "
    if isinstance(value, _Verbatim):
        return str(value)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_quote(name)}: {_show(each, inner)}" for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        lines = [f"{inner}{_show(each, inner)}" for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return _quote(value)


def _quote(value: Any) -> str:
    # A lone surrogate, which JSON may hold, could not be sent as UTF-8.
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()
