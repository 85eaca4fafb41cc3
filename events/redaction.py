"""Secrets kept out of what is written down: logs, and what remains of failures."""

import re
from collections.abc import Sequence
from functools import cache

REDACTED = "[redacted]"

_NAMES = "password|passwd|secret|token|authorization|api[_-]?key|credential|cookie"
_IN_URL = re.compile(r"(?P<before>://[^:/\s@]*:)[^@\s]+(?=@)")
_AWS_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
# The beginning of an API key may be told, and tells which one it was.
_API_KEY = re.compile(r"\b(evp_[0-9a-z]{8})_[0-9A-Za-z]{8,}")


def redact(text: str, names: Sequence[str] = ()) -> str:
    """Blank what looks like a secret: ``password=...``, ``"api_key": "..."``, ``://user:...@``.

    ``names`` are blanked besides the usual ones.
    """
    text = _IN_URL.sub(rf"\g<before>{REDACTED}", text)
    text = _AWS_KEY_ID.sub(REDACTED, text)
    text = _API_KEY.sub(rf"\1_{REDACTED}", text)
    return _named(tuple(names)).sub(rf"\g<name>\g<between>{REDACTED}", text)


def is_secret(name: str, names: Sequence[str] = ()) -> bool:
    """Tell by its name whether a field's value is to be blanked."""
    return re.search(_alternatives(tuple(names)), name, re.IGNORECASE) is not None


@cache
def _named(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<name>{_alternatives(names)})"
        r"(?P<between>[\"']?\s*[:=]\s*)"
        r"(?:\"[^\"]*\"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s\"',;}\])&]+)",
        re.IGNORECASE,
    )


def _alternatives(names: tuple[str, ...]) -> str:
    return "|".join([_NAMES, *map(re.escape, names)])
