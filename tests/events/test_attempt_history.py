import pytest
from django.conf import settings

from events import services
from events.event import Outcome
from tests.factories import (
    accept_event,
    bury,
    claim_event,
    get_event,
    make_dead_event,
    replay_event,
    retry,
)
from tests.fakes import FrozenClock

pytestmark = [pytest.mark.usefixtures("store", "dispatcher"), pytest.mark.both_stores]


def history(event_id: str) -> list[tuple[int, int, Outcome | None]]:
    return [(each.generation, each.number, each.outcome) for each in get_event(event_id).attempts]


def test_it_shows_an_attempt_that_was_cut_off_as_lost(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    claim_event(event_id)

    assert history(event_id) == [(1, 1, Outcome.LOST), (1, 2, None)]


def test_it_numbers_attempts_without_gaps_whichever_were_cut_off(
    frozen_clock: FrozenClock,
) -> None:
    event_id = accept_event()
    for outcome in ("cut off", "cut off", "failed", "cut off", "failed"):
        claimed = claim_event(event_id)
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
        if outcome == "failed":
            retry(claimed)
    services.finish_event(claim_event(event_id), result_json=None)

    lost, failed = Outcome.LOST, Outcome.FAILED
    outcomes = [lost, lost, failed, lost, failed, Outcome.SUCCEEDED]
    assert history(event_id) == [(1, i + 1, outcome) for i, outcome in enumerate(outcomes)]


def test_it_numbers_each_generation_from_one(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    claim_event(event_id)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    bury(claim_event(event_id))
    replay_event(event_id)
    claim_event(event_id, generation=2)
    frozen_clock.advance(seconds=settings.LEASE_SECONDS)
    claim_event(event_id, generation=2)

    lost, failed = Outcome.LOST, Outcome.FAILED
    assert history(event_id) == [(1, 1, lost), (1, 2, failed), (2, 1, lost), (2, 2, None)]


def test_it_keeps_the_numbers_while_a_replay_waits(frozen_clock: FrozenClock) -> None:
    event_id = make_dead_event()
    frozen_clock.advance(seconds=1)
    replay_event(event_id)

    assert history(event_id) == [(1, 1, Outcome.FAILED)]


def test_it_shows_the_attempt_under_way_without_an_outcome() -> None:
    event_id = accept_event()
    claim_event(event_id)

    assert history(event_id) == [(1, 1, None)]
