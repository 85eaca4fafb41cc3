"""Secrets kept out of what is written down: logs, and what remains of failures."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

REDACTED = "[redacted]"

_NAMES = "password|passwd|secret|token|authorization|api[_-]?key|credential|cookie"
# Whether or not an @ follows, the text up to there is read only once.
_IN_URL = re.compile(r"(?P<before>://[^:/\s@]*+:)(?P<password>[^@\s]++)(?P<after>@?)")
_AWS_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
# The beginning of an API key may be told, and tells which one it was.
_API_KEY = re.compile(r"\b(evp_[0-9a-z]{8})_[0-9A-Za-z]{8,}")
# Without any of these, nothing below can match: what most texts are told by, at a tenth of it.
_MAY_MATCH = re.compile("[:=]|AKIA|ASIA|evp_")
# An error may hold megabytes, of which a record or a line shows little: its ends are looked at.
_END_CHARACTERS = 32_768
# A secret that was cut in half is not known for one: so much is left out around the cut.
_MARGIN_CHARACTERS = 4_096
_REST_OF_WORD = re.compile(r"[^\s\"']*+")


def redact(text: str, names: Sequence[str] = ()) -> str:
    """Blank what looks like a secret: ``password=...``, ``"api_key": "..."``, ``://user:...@``.

    ``names`` are blanked besides the usual ones. Of a text above 64 Ki characters its two ends are
    kept.
    """
    if len(text) <= 2 * _END_CHARACTERS:
        return _redact(text, names)
    start = _redact(text[:_END_CHARACTERS], names)[:-_MARGIN_CHARACTERS]
    # However long a word is that was cut, none of it is left.
    rest = _REST_OF_WORD.sub("", text[-_END_CHARACTERS:], count=1)
    return f"{start}…{_redact(rest, names)[_MARGIN_CHARACTERS:]}"


def _redact(text: str, names: Sequence[str]) -> str:
    if _MAY_MATCH.search(text) is None:
        return text
    text = _IN_URL.sub(_blank_password, text)
    text = _AWS_KEY_ID.sub(REDACTED, text)
    text = _API_KEY.sub(rf"\1_{REDACTED}", text)
    return _named(tuple(names)).sub(rf"\g<name>\g<between>{REDACTED}", text)


def is_secret(name: str, names: Sequence[str] = ()) -> bool:
    """Tell by its name whether a field's value is to be blanked."""
    return _is_secret(name, tuple(names))


# Fields have few names, and each line has some of them.
@lru_cache(maxsize=1_000)
def _is_secret(name: str, names: tuple[str, ...]) -> bool:
    return re.search(_alternatives(names), name, re.IGNORECASE) is not None


def _blank_password(match: re.Match[str]) -> str:
    return f"{match['before']}{REDACTED}@" if match["after"] else match[0]


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
