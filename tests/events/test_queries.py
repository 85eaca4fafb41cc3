import pytest

from events import queries
from events.errors import EventNotFound, StoreUnavailable
from tests.factories import accept_event, get_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def test_it_takes_one_read_to_show_an_event(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.calls.clear()
    get_event(event_id)

    assert dynamodb.calls == {"get_item": 1}


def test_it_reads_no_large_payload_for_who_knows_the_event(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event(payload_json='{"text": "%s"}' % ("x" * 5_000))
    dynamodb.calls.clear()
    known = queries.get_event(event_id, tenant="acme", is_known=lambda _: True)

    assert known.payload_json is None
    assert dynamodb.calls == {"get_item": 1}
    new = queries.get_event(event_id, tenant="acme", is_known=lambda _: False)
    assert new == get_event(event_id)


def test_it_shows_no_event_of_another_tenant() -> None:
    event_id = accept_event()

    with pytest.raises(EventNotFound):
        queries.get_event(event_id, tenant="globex")


def test_it_shows_no_event_that_has_expired(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    frozen_clock.advance(days=30)

    with pytest.raises(EventNotFound):
        get_event(event_id)


def test_it_does_not_ask_the_store_for_what_is_no_id(dynamodb: FakeDynamoDB) -> None:
    with pytest.raises(EventNotFound):
        get_event("no id at all")
    assert dynamodb.calls.total() == 0


def test_it_says_that_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        get_event(event_id)


@pytest.mark.parametrize(
    ("away", "answer"),
    [
        ("nothing", {"dynamodb": "ok", "sqs": "ok"}),
        ("dynamodb", {"dynamodb": "store_unavailable", "sqs": "ok"}),
        ("sqs", {"dynamodb": "ok", "sqs": "queue_unavailable"}),
    ],
)
def test_it_says_which_dependency_is_away(
    away: str, answer: dict[str, str], *, dynamodb: FakeDynamoDB, dispatcher: FakeDispatcher
) -> None:
    dynamodb.is_away = away == "dynamodb"
    dispatcher.is_away = away == "sqs"

    assert queries.check_dependencies() == answer
