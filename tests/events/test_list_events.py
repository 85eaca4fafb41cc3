from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from events import identity, queries
from events.errors import StoreThrottled, StoreUnavailable
from events.event import Event, Status
from events.queries import EventFilter
from events.store import rows
from tests.factories import (
    ERROR,
    TENANT,
    accept_event,
    bury,
    claim_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


def list_page(
    *, tenants: tuple[str, ...] = (TENANT,), limit: int = 50, **fields: Any
) -> queries.EventPage:
    places = {name: fields.pop(name) for name in ("before", "after") if name in fields}
    return queries.list_events(
        tenants=tenants, event_filter=EventFilter(**fields), limit=limit, **places
    )


def list_ids(**options: Any) -> list[str]:
    return [event.event_id for event in list_page(**options).events]


def all_ids(**options: Any) -> list[str]:
    """Follow the pages from the first to the last."""
    page = list_page(**options)
    event_ids = [event.event_id for event in page.events]
    while page.next_key:
        page = list_page(before=page.next_key, **options)
        event_ids += [event.event_id for event in page.events]
    return event_ids


@pytest.mark.both_stores
def test_it_shows_the_newest_first() -> None:
    accepted = [accept_event() for _ in range(7)]

    assert list_ids() == accepted[::-1]


@pytest.mark.both_stores
def test_it_goes_on_where_a_page_ended() -> None:
    accepted = [accept_event() for _ in range(7)]

    for limit in (1, 2, 3, 7, 8):
        assert all_ids(limit=limit) == accepted[::-1]


def test_it_says_that_the_last_page_is_the_last() -> None:
    accept_event()
    accept_event()

    assert list_page(limit=1).next_key is not None
    assert list_page(limit=2).next_key is None
    assert list_page(limit=3).next_key is None


@pytest.mark.both_stores
def test_it_goes_back_to_newer_events() -> None:
    accepted = [accept_event() for _ in range(6)]
    oldest = list_page(limit=6).events[-1]
    page = list_page(after=queries.sort_key_of(oldest), limit=3)

    assert [event.event_id for event in page.events] == accepted[3:0:-1]
    assert list_ids(after=page.next_key, limit=3) == accepted[:3:-1]


@pytest.mark.both_stores
def test_it_shows_events_without_payload_and_attempts() -> None:
    event_id = make_succeeded_event(source="shop", subject="order/7")
    (event,) = list_page().events

    shown = queries.get_event(event_id, tenant=TENANT)
    assert event == Event(**{**vars(shown), "payload_json": None, "attempts": ()})


def test_it_reads_no_large_payload(dynamodb: FakeDynamoDB) -> None:
    accept_event(payload_json='{"text": "%s"}' % ("x" * 50_000))
    dynamodb.read_units = 0
    list_ids()

    assert dynamodb.read_units == 4


@pytest.mark.both_stores
def test_it_shows_no_event_of_another_tenant() -> None:
    event_id = accept_event()
    accept_event(tenant="globex")
    accept_event(tenant=f"{TENANT}#0")

    assert list_ids() == [event_id]
    assert list_ids(idempotency_key="k", tenants=("globex",)) == []


@pytest.mark.both_stores
def test_it_merges_tenants() -> None:
    accepted = [accept_event(tenant=tenant) for tenant in ("a", "b", "c", "a", "b", "c")]

    assert list_ids(tenants=("a", "c")) == [accepted[i] for i in (5, 3, 2, 0)]


def test_it_shows_an_event_once_for_a_tenant_named_twice() -> None:
    event_id = accept_event(idempotency_key="key-1")
    twice = {"tenants": (TENANT, TENANT)}

    assert list_ids(**twice) == [event_id]
    assert list_ids(**twice, idempotency_key="key-1") == [event_id]
    assert list_ids(**twice, event_types=("order.created",) * 2) == [event_id]


@pytest.mark.parametrize("count", [0, 21])
def test_it_takes_a_bounded_number_of_tenants(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 20 tenants"):
        list_page(tenants=("acme",) * count)


def make_retrying_event() -> str:
    event_id = accept_event()
    assert retry(claim_event(event_id), wait_seconds=600)
    return event_id


def make_processing_event() -> str:
    return claim_event(accept_event()).event_id


@pytest.mark.both_stores
def test_it_finds_events_by_status() -> None:
    event_ids = {
        Status.PENDING: accept_event(),
        Status.PROCESSING: make_processing_event(),
        Status.RETRYING: make_retrying_event(),
        Status.SUCCEEDED: make_succeeded_event(),
        Status.DEAD: make_dead_event(),
    }
    make_dead_event(tenant="globex")

    for status, event_id in event_ids.items():
        assert list_ids(status=status) == [event_id]
        assert list_ids(status=status, event_type="order.created") == [event_id]
        assert list_ids(status=status, event_type="order.paid") == []


def test_it_finds_open_events_without_their_index_once_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    retrying = make_retrying_event()
    for _ in range(4):
        accept_event()
    monkeypatch.setattr(queries.listing, "EXAMINED_LIMIT", 3)

    assert list_ids(status=Status.RETRYING) == []
    assert all_ids(status=Status.RETRYING) == [retrying]


NARROWED: list[dict[str, Any]] = [
    {"event_type": "order.paid"},
    {"event_types": ("order.paid", "invoice.sent")},
    {"event_types": ("order.paid.*", "order.p*", "order.paid")},
    {"source": "shop"},
    {"subject": "order/7"},
    {"idempotency_key": "key-1"},
]


@pytest.mark.both_stores
def test_it_finds_events_by_what_they_are() -> None:
    meant = accept_event(
        event_type="order.paid", source="shop", subject="order/7", idempotency_key="key-1"
    )
    accept_event(idempotency_key="key-2", source="web", subject="order/8")

    for narrowed in NARROWED:
        assert list_ids(**narrowed) == [meant]
        assert list_ids(**narrowed, status=Status.SUCCEEDED) == []


@pytest.mark.both_stores
def test_it_finds_events_by_their_newest_error() -> None:
    meant = make_dead_event()
    accept_event()

    assert list_ids(error_fingerprint=ERROR.fingerprint) == [meant]
    assert list_ids(error_fingerprint="0" * 16) == []


@pytest.mark.both_stores
def test_it_finds_events_by_time(frozen_clock: FrozenClock) -> None:
    accepted = []
    for _ in range(4):
        accepted.append(accept_event())
        frozen_clock.advance(seconds=1)
    now = frozen_clock.now()
    window = {
        "received_after": now - timedelta(seconds=3),
        "received_before": now - timedelta(seconds=1),
    }

    # The moment of an event belongs to the window that begins with it.
    assert list_ids(**window) == [accepted[2], accepted[1]]
    assert all_ids(**window, limit=1) == [accepted[2], accepted[1]]


def test_it_finds_nothing_in_an_empty_window(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    page = list_page()

    key = queries.sort_key_of(page.events[0])
    assert list_ids(received_after=page.events[0].received_at, before=key) == []
    assert list_ids(before=key, after=key) == []
    assert list_ids(received_after=page.events[0].received_at.replace(year=9_999)) == []
    assert list_ids(received_before=page.events[0].received_at.replace(year=999)) == []
    assert list_ids(received_after=page.events[0].received_at.replace(year=999)) != []
    assert dynamodb.calls["query"] > 0


def test_it_shows_no_event_that_has_expired(frozen_clock: FrozenClock) -> None:
    accept_event()
    make_dead_event(idempotency_key="key-1")
    frozen_clock.advance(days=30)
    fresh = accept_event()

    assert list_ids() == [fresh]
    assert list_ids(limit=1) == [fresh]
    assert list_ids(status=Status.DEAD) == []
    assert list_ids(idempotency_key="key-1") == []


@pytest.mark.both_stores
def test_it_finds_replayed_events_where_they_were() -> None:
    first, second = make_dead_event(), make_dead_event()
    replay_event(first)

    assert list_ids() == [second, first]
    assert list_ids(status=Status.DEAD) == [second]
    assert list_ids(status=Status.PENDING) == [first]


def test_it_gives_a_short_page_when_it_has_examined_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meant = accept_event(source="shop")
    for _ in range(9):
        accept_event()
    monkeypatch.setattr(queries.listing, "EXAMINED_LIMIT", 4)
    page = list_page(source="shop")

    assert (page.events, page.next_key is None) == ((), False)
    assert all_ids(source="shop") == [meant]


def test_it_gives_a_short_page_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    meant = accept_event(source="shop")
    for _ in range(9):
        accept_event()
    monkeypatch.setattr(queries.listing, "_EXAMINED_AT_ONCE", 4)
    monkeypatch.setattr(queries.listing, "SEARCH_SECONDS", 0.0)
    page = list_page(source="shop")

    assert (page.events, page.next_key is None) == ((), False)
    assert all_ids(source="shop") == [meant]


def test_it_gives_what_it_has_when_the_store_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = [accept_event(source="shop") for _ in range(5)]
    monkeypatch.setattr(queries.listing, "_EXAMINED_AT_ONCE", 4)
    read_rows, turns = rows.read_rows, count()

    def read_once(*arguments: Any, **named: Any) -> Any:
        if next(turns):
            raise StoreUnavailable("It went away.")
        return read_rows(*arguments, **named)

    with monkeypatch.context() as outage:
        outage.setattr(rows, "read_rows", read_once)
        page = list_page(source="shop")

    assert [each.event_id for each in page.events] == accepted[:0:-1]
    assert page.next_key is not None
    assert list_ids(source="shop", before=page.next_key) == accepted[:1]


@pytest.mark.parametrize("rare", ["the type", "the dead"])
@pytest.mark.parametrize("direction", [{}, {"after": "0"}])
def test_it_goes_along_what_is_rarer_of_dead_events_and_those_of_a_type(
    rare: str,
    direction: dict[str, str],
    *,
    dynamodb: FakeDynamoDB,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queries.listing, "_EXAMINED_AT_ONCE", 5)
    meant = make_dead_event(event_type="order.paid")
    for _ in range(9):
        if rare == "the type":
            make_dead_event()
        else:
            accept_event(event_type="order.paid")
    dynamodb.calls.clear()

    assert list_ids(status=Status.DEAD, event_type="order.paid", **direction) == [meant]
    assert dynamodb.calls == {"get_item": 1, "query": 8, "batch_get_item": 1}


def test_it_goes_on_within_what_it_has_examined() -> None:
    accepted = [accept_event(source=f"shop-{i % 2}") for i in range(10)]

    assert all_ids(source="shop-1", limit=2) == accepted[::-2]


def test_it_asks_again_for_rows_that_were_left_out(dynamodb: FakeDynamoDB) -> None:
    accepted = [accept_event() for _ in range(3)]
    dynamodb.batches_to_cut = 2

    assert list_ids() == accepted[::-1]
    assert dynamodb.calls["batch_get_item"] == 3


def test_it_gives_up_on_rows_that_are_always_left_out(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_event()
    monkeypatch.setattr(rows, "READ_DEADLINE_SECONDS", 0.1)
    dynamodb.batches_to_cut = 1_000

    with pytest.raises(StoreThrottled):
        list_ids()


def test_it_rides_out_a_throttled_call(dynamodb: FakeDynamoDB) -> None:
    event_id = accept_event()
    dynamodb.fail_next(Fault.THROTTLE, Fault.THROTTLE)

    assert list_ids() == [event_id]


def test_it_says_that_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    accept_event()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        list_ids()


def test_it_leaves_the_error_of_a_replayed_event_to_the_newest() -> None:
    event_id = make_dead_event()
    replay_event(event_id)
    bury(claim_event(event_id, generation=2))

    assert list_ids(error_fingerprint=ERROR.fingerprint) == [event_id]


def test_it_derives_the_id_from_the_key() -> None:
    event_id = accept_event(idempotency_key="key-1")

    assert event_id == identity.keyed_event_id(TENANT, "key-1")
