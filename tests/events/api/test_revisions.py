from collections.abc import Callable

import pytest

from events.api.revisions import etag_of
from events.event import ClaimedEvent
from tests.factories import (
    accept_event,
    bury,
    claim_event,
    get_event,
    make_succeeded_event,
    replay_event,
    retry,
)

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def etags_of(event_id: str, *steps: Callable[[], object]) -> list[str]:
    """Return the revision before the first step and after each."""
    etags = [etag_of(get_event(event_id))]
    for step in steps:
        step()
        etags.append(etag_of(get_event(event_id)))
    return etags


def test_it_changes_with_each_step_of_a_life() -> None:
    event_id = accept_event()
    claimed: list[ClaimedEvent] = []

    etags = etags_of(
        event_id,
        lambda: claimed.append(claim_event(event_id)),
        lambda: retry(claimed[0]),
        lambda: claimed.append(claim_event(event_id)),
        lambda: bury(claimed[1]),
        lambda: replay_event(event_id),
    )

    assert len(set(etags)) == 6


def test_it_stays_while_nothing_changes() -> None:
    event_id = make_succeeded_event()

    first, second = etags_of(event_id, lambda: None)

    assert first == second


def test_it_is_not_that_of_another_media_type() -> None:
    event = get_event(accept_event())

    assert etag_of(event) != etag_of(event, media_type="application/cloudevents+json")
