"""JSON as people read it and git compares it; its numbers and the order of its keys stay."""

import json

from events.strict_json import JSONValue, read

DEPTH_LIMIT = 64
_STEP = "  "


def pretty(text: str, *, depth_limit: int = DEPTH_LIMIT) -> str:
    """Write a text anew, a member to a line; raises InvalidJSON."""
    return _write(read(text.encode(), depth_limit=depth_limit).value, "\n")


def _write(value: JSONValue, line_break: str) -> str:
    deeper = line_break + _STEP
    if isinstance(value, bytes):
        # A number, as it was written.
        return value.decode()
    if isinstance(value, dict) and value:
        members = (f"{_quote(key)}: {_write(each, deeper)}" for key, each in value.items())
        return f"{{{deeper}{f',{deeper}'.join(members)}{line_break}}}"
    if isinstance(value, list) and value:
        if not any(isinstance(each, (dict, list)) for each in value):
            return f"[{', '.join(_write(each, deeper) for each in value)}]"
        return f"[{deeper}{f',{deeper}'.join(_write(each, deeper) for each in value)}{line_break}]"
    return _quote(value)


def _quote(value: JSONValue) -> str:
    return json.dumps(value, ensure_ascii=False)
