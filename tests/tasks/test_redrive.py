import pytest

from events import services
from events.event import Status
from tasks.outcomes import HeldRetry
from tasks.redrive import replay_event
from tests.factories import TENANT, claim_event, get_event, make_dead_event, make_succeeded_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def test_it_replays_a_dead_event_whose_copy_was_moved_back(dispatcher: FakeDispatcher) -> None:
    event_id = make_dead_event()
    replay_event.run(event_id, 1)

    event = get_event(event_id)
    assert (event.status, event.generation) == (Status.PENDING, 2)
    assert event.replays[0].actor == "redrive"
    assert dispatcher.sent[-1] == (event_id, 2, TENANT)


def test_it_replays_once_however_often_the_copy_comes(dispatcher: FakeDispatcher) -> None:
    event_id = make_dead_event()
    for _ in range(3):
        replay_event.run(event_id, 1)

    assert get_event(event_id).generation == 2
    assert len(dispatcher.sent) == 2


def test_it_drops_the_copy_of_an_older_generation() -> None:
    event_id = make_dead_event()
    replay_event.run(event_id, 1)
    claim_event(event_id, generation=2)
    replay_event.run(event_id, 1)

    assert get_event(event_id).generation == 2


def test_it_drops_the_copy_of_an_event_that_is_gone() -> None:
    replay_event.run("01a209f8-a0bd-7743-8c8d-8d47b635fab4", 1)


def test_it_drops_the_copy_of_an_erased_event() -> None:
    event_id = make_dead_event()
    services.erase_payload(event_id=event_id, actor="ada")
    replay_event.run(event_id, 1)

    assert (get_event(event_id).status, get_event(event_id).generation) == (Status.DEAD, 1)


def test_it_keeps_the_copy_while_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    event_id = make_succeeded_event()
    dynamodb.is_away = True

    with pytest.raises(HeldRetry):
        replay_event.run(event_id, 1)
