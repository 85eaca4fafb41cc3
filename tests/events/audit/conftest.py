"""A store with events in every state, and counters that know of them."""

import pytest

from events.counters.process import Counting
from tests.events.audit.damage import Stored
from tests.factories import (
    accept_event,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
    retry,
)


@pytest.fixture
def stored(counting: Counting, dispatcher: object) -> Stored:  # noqa: ARG001  # to send to
    """Return the ids of events in every state, by what they are."""
    retrying, processing = accept_event(), accept_event()
    retry(claim_event(retrying), wait_seconds=60)
    claim_event(processing)
    replayed = make_dead_event()
    replay_event(replayed)
    found = {
        "pending": accept_event(),
        "processing": processing,
        "retrying": retrying,
        "succeeded": make_succeeded_event(),
        "dead": make_dead_event(),
        "replayed": replayed,
        "large": make_succeeded_event(payload_json=f'"{"x" * 5_000}"'),
    }
    counting.flush()
    return found
