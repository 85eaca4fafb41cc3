from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events import queries, services
from events.errors import (
    EventIsOpen,
    EventNotFound,
    IdempotencyKeyReused,
    PayloadErased,
    StoreUnavailable,
)
from events.event import AttemptError, Outcome
from events.services.generations import next_generation
from events.store import erasures, replays
from events.store import events as store
from tests.factories import (
    TENANT,
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    race,
    replay_event,
)
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

SECRET = "ada@example.com"
LARGE = f'{{"email": "{SECRET}", "text": "{"x" * 5_000}"}}'
SMALL = f'{{"email": "{SECRET}"}}'
ERROR = AttemptError(
    type="ValueError", message=f"bad {SECRET}", fingerprint="f" * 16, traceback=f"at {SECRET}"
)


def erase(event_id: str, *, tenant: str | None = TENANT) -> None:
    services.erase_payload(event_id=event_id, actor="ada", reason="asked for", tenant=tenant)


@pytest.mark.both_stores
@pytest.mark.parametrize("payload", [SMALL, LARGE])
def test_it_erases_and_says_who_when_and_why(payload: str, frozen_clock: FrozenClock) -> None:
    event_id = make_succeeded_event(payload_json=payload)
    frozen_clock.advance(hours=1)
    erase(event_id)

    event = get_event(event_id)
    assert (event.payload_json, event.result_json, event.is_erased) == (None, None, True)
    (erasure,) = event.erasures
    assert (erasure.actor, erasure.reason, erasure.erased_at) == (
        "ada",
        "asked for",
        frozen_clock.now(),
    )


def test_it_leaves_nothing_of_the_payload_anywhere(dynamodb: FakeDynamoDB) -> None:
    event_id = make_dead_event(
        payload_json=LARGE,
        error=ERROR,
        idempotency_key="key-1",
        cloudevent_json=f'{{"extensions": {{"who": "{SECRET}"}}}}',
    )
    replay_event(event_id, payload_json=SMALL)
    claimed = claim_event(event_id, generation=2)
    services.bury_event(claimed, outcome=Outcome.FAILED, error=ERROR)
    services.flush_error_groups()
    erase(event_id)

    assert SECRET not in repr([dynamodb.events.items(), dynamodb.platform.items()])
    assert [item["event_id"]["S"] for item in dynamodb.events.items()] == [event_id]
    event = get_event(event_id)
    assert [each.version for each in event.payload_versions] == [1, 2]
    assert event.attempts[0].error is not None
    assert event.attempts[0].error.fingerprint == ERROR.fingerprint


def test_it_refuses_an_open_event() -> None:
    with pytest.raises(EventIsOpen):
        erase(event_id := accept_event())

    assert get_event(event_id).payload_json is not None


def test_it_says_that_it_was_done_before() -> None:
    event_id = make_dead_event()
    erase(event_id)

    with pytest.raises(PayloadErased):
        erase(event_id)
    assert len(get_event(event_id).erasures) == 1


def test_it_finds_no_event_of_another_tenant() -> None:
    with pytest.raises(EventNotFound):
        erase(make_dead_event(), tenant="globex")


def test_it_is_finished_by_a_repetition(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "ACCEPT_DEADLINE_SECONDS", 0)
    event_id = make_succeeded_event(payload_json=LARGE)
    # Read, let go, read: then the payload's own item is not deleted.
    dynamodb.fail_next(None, None, None, Fault.AWAY)
    with pytest.raises(StoreUnavailable):
        erase(event_id)
    assert (len(dynamodb.events.items()), get_event(event_id).is_erased) == (2, True)
    erase(event_id)

    assert len(dynamodb.events.items()) == 1


@pytest.mark.both_stores
def test_an_erased_event_is_replayed_with_a_new_payload_only() -> None:
    event_id = make_dead_event(payload_json=LARGE)
    erase(event_id)

    with pytest.raises(PayloadErased):
        replay_event(event_id)
    replay_event(event_id, payload_json=LARGE)
    event = get_event(event_id)
    assert (event.payload_json, event.is_erased, event.payload_version) == (LARGE, False, 2)


@pytest.mark.both_stores
def test_a_replay_that_read_the_event_before_does_not_start() -> None:
    event_id = make_dead_event()
    item = store.read(event_id)
    assert item is not None
    started = next_generation(item, actor="bob", reason="late")
    erase(event_id)

    assert not replays.start(started)
    assert get_event(event_id).is_erased


def test_one_of_a_replay_and_an_erasure_wins() -> None:
    event_id = make_dead_event()

    def act(number: int) -> bool:
        try:
            if number % 2:
                replay_event(event_id)
            else:
                erase(event_id)
        except (EventIsOpen, PayloadErased):
            return False
        return True

    assert sum(race(act)) == 1
    event = get_event(event_id)
    assert (event.generation == 2) is (event.payload_json is not None)


def test_its_key_is_refused_and_brings_no_payload_back(dynamodb: FakeDynamoDB) -> None:
    event_id = make_dead_event(payload_json=LARGE, idempotency_key="key-1")
    erase(event_id)

    with pytest.raises(IdempotencyKeyReused):
        accept_event(payload_json=LARGE, idempotency_key="key-1")
    assert len(dynamodb.events.items()) == 1


def test_a_list_shows_it() -> None:
    erase(make_dead_event())

    page = queries.list_events(tenants=[TENANT], event_filter=queries.EventFilter(), limit=5)
    assert [each.is_erased for each in page.events] == [True]


def test_the_command_erases_what_it_can_and_names_the_rest() -> None:
    dead, opened = make_dead_event(), accept_event()
    told, complained = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("erase", dead, opened, reason="asked for", stdout=told, stderr=complained)

    assert told.getvalue() == f"{dead} is erased\n"
    assert opened in complained.getvalue()
    assert get_event(dead).is_erased
