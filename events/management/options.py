"""Values of options that several commands take."""

import argparse
from datetime import UTC, datetime
from typing import Any

from events.queries import EventFilter
from events.replay_plan import RATE_MAXIMUM

TEXTS = ("event_type", "source", "subject", "error_fingerprint")
TIMES = ("received_after", "received_before")


def add_filter(group: Any) -> None:
    """Add what says which events are meant; ``group`` is argparse's."""
    for name in TEXTS:
        group.add_argument(option(name))
    for name in TIMES:
        group.add_argument(option(name), type=time, metavar="2026-01-02T03:04:05Z")


def read_filter(options: dict[str, Any], **fields: Any) -> EventFilter:
    return EventFilter(**{name: options[name] for name in (*TEXTS, *TIMES)}, **fields)


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("it must be a time: 2026-01-02T03:04:05Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("it needs an offset, such as Z")
    return moment.astimezone(UTC)


def rate(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if not 1 <= count <= RATE_MAXIMUM:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1 to {RATE_MAXIMUM}")
    return count
