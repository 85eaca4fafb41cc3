"""Accepts events without the API: ``python -m tests.bench.fill COUNT``."""

import json
import sys

import django

from tests.bench.services import make_event

_TOGETHER = 500


def main(count: int) -> None:
    django.setup()
    # The store reads its settings as it is imported.
    from events import services  # noqa: PLC0415
    from events.event import NewEvent  # noqa: PLC0415

    payload_json = json.dumps(make_event()["payload"])
    event = NewEvent(event_type="bench.noop", payload_json=payload_json)

    left = count
    while left > 0:
        events = [event] * min(_TOGETHER, left)
        outcomes = services.accept_events(events, tenant="bench")
        # A busy machine's emulator may be too slow for the deadline: what it refused goes again.
        left -= sum(not isinstance(outcome, Exception) for outcome in outcomes)


if __name__ == "__main__":
    main(int(sys.argv[1]))
