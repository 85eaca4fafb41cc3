import pytest

from events import identity, queries
from events.errors import EventNotFound
from events.store import connection, statements
from tests.factories import TENANT, accept_event, get_event

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

HOSTILE = [
    "' OR '1'='1",
    "'; DELETE FROM \"events\" WHERE event_id='x",
    '"} REMOVE attempts --',
    "? ; SELECT * FROM events",
    "default#0",
    ":shard OR attribute_exists(event_id)",
]


@pytest.mark.both_stores
@pytest.mark.parametrize("text", HOSTILE)
def test_it_keeps_hostile_texts_as_texts(text: str) -> None:
    event_id = accept_event(event_type=text, source=text, subject=text, idempotency_key=text)

    event = get_event(event_id)

    assert (event.event_type, event.source, event.subject) == (text, text, text)
    assert event_id == identity.keyed_event_id(TENANT, text)


@pytest.mark.both_stores
@pytest.mark.parametrize("text", HOSTILE)
def test_it_finds_nothing_by_hostile_ids(text: str) -> None:
    accept_event()

    with pytest.raises(EventNotFound):
        queries.get_event(text, tenant=TENANT)


@pytest.mark.both_stores
@pytest.mark.parametrize("text", HOSTILE)
def test_it_lists_nothing_by_hostile_filters(text: str) -> None:
    accept_event()

    for name in ("event_type", "source", "subject", "idempotency_key"):
        event_filter = queries.EventFilter(**{name: text})
        page = queries.list_events(tenants=[TENANT], event_filter=event_filter, limit=10)
        assert page.events == ()


def test_every_value_of_a_write_is_a_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[connection.Statement] = []
    insert = statements.insert

    def record(*arguments: object, **named: object) -> connection.Statement:
        written.append(insert(*arguments, **named))  # type: ignore[arg-type]
        return written[-1]

    monkeypatch.setattr(statements, "insert", record)

    for text in ("order", *HOSTILE):
        accept_event(event_type=text, source=text, subject=text, payload_json='{"a": "b"}')

    assert len({each.text for each in written if '"events"' in each.text}) == 1
