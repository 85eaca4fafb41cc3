import pytest

from events import queries
from events.errors import EventNotFound, StoreUnavailable
from tests.factories import TENANT, accept_event, get_event, make_dead_event, make_succeeded_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher, FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def test_it_takes_one_read_to_show_an_event(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.calls.clear()
    get_event(event_id)

    assert dynamodb.calls == {"get_item": 1}


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


@pytest.mark.both_stores
def test_it_counts_what_is_open_and_what_is_dead() -> None:
    for make_event in (accept_event, accept_event, make_dead_event, make_succeeded_event):
        make_event()
    make_dead_event(tenant="globex")

    assert queries.get_stats(tenant=TENANT)["events"] == {
        "open_all_tenants": {"count": 2, "is_exact": True},
        "dead": {"count": 1, "is_exact": True},
    }


def test_it_shows_how_full_the_queues_are(dispatcher: FakeDispatcher) -> None:
    accept_event()

    empty = {"visible": 0, "in_flight": 0, "delayed": 0}
    queues = queries.get_stats(tenant=TENANT)["queues"]
    assert queues == {"work": empty | {"visible": 1}, "dead_letter": empty}
    dispatcher.is_away = True
    assert queries.get_stats(tenant=TENANT)["queues"] is None


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
