from collections.abc import Callable
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


@pytest.fixture
def erase_in_part(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def erase_in_part(event_id: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(erasures, "ACCEPT_DEADLINE_SECONDS", 0)
            # Read, let go, read: then the payload's own item is not deleted.
            dynamodb.fail_next(None, None, None, Fault.AWAY)
            with pytest.raises(StoreUnavailable):
                erase(event_id)

    return erase_in_part


def test_it_is_finished_by_a_repetition(
    dynamodb: FakeDynamoDB, erase_in_part: Callable[[str], None]
) -> None:
    event_id = make_succeeded_event(payload_json=LARGE)
    erase_in_part(event_id)
    event = get_event(event_id)
    assert (event.is_erased, event.is_partly_erased) == (True, True)
    assert len(dynamodb.events.items()) == 2
    erase(event_id)

    assert not get_event(event_id).is_partly_erased
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


def run(*arguments: str) -> str:
    told = StringIO()
    call_command("erase", *arguments, stdout=told, stderr=StringIO())
    return told.getvalue()


def refusal_of(*arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value), refused.value.returncode


WHOSE = ("--tenant", TENANT, "--event-type", "order.created")
WHY = ("--reason", "asked for")


@pytest.fixture
def meant() -> list[str]:
    """Two events to be erased, of five that there are."""
    erased = make_dead_event()
    erase(erased)
    accept_event()
    make_dead_event(event_type="order.paid")
    return [make_dead_event(), make_succeeded_event()]


def test_the_command_erases_what_a_filter_means(meant: list[str]) -> None:
    told = run(*WHOSE, *WHY, "--confirm-count", "2")

    assert told.endswith("2 erased\n")
    assert all(get_event(each).is_erased for each in meant)
    (other,) = queries.list_events(
        tenants=[TENANT],
        event_filter=queries.EventFilter(event_type="order.paid"),
        before=None,
        limit=5,
    ).events
    assert not other.is_erased


def test_the_command_finishes_what_was_cut_off(
    dynamodb: FakeDynamoDB, erase_in_part: Callable[[str], None]
) -> None:
    event_id = make_succeeded_event(payload_json=LARGE)
    erase_in_part(event_id)

    assert run(*WHOSE, *WHY, "--confirm-count", "1").endswith("\n1 erased\n")
    assert not get_event(event_id).is_partly_erased
    assert len(dynamodb.events.items()) == 1


def test_the_command_only_tells_in_a_dry_run(meant: list[str]) -> None:
    *sample, summary = run(*WHOSE, "--dry-run").splitlines()

    assert sorted(line.split()[0] for line in sample) == sorted(meant)
    assert summary == (
        "would be: 2 erased, 1 left, for they were erased before, 1 left, for they are open"
    )
    assert not any(get_event(each).is_erased for each in meant)


@pytest.mark.parametrize("confirmed", [(), ("--confirm-count", "1"), ("--confirm-count", "3")])
def test_the_command_erases_no_other_number_than_was_confirmed(
    confirmed: tuple[str, ...], meant: list[str]
) -> None:
    assert refusal_of(*WHOSE, *WHY, *confirmed) == (
        "Nothing is erased; erase these 2 with --confirm-count 2.",
        1,
    )
    assert not any(get_event(each).is_erased for each in meant)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (WHY, "Say which events are meant: ids, or one of --event-type"),
        (("some-id", *WHOSE, *WHY), "Say which events are meant: ids, or one of --event-type"),
        (WHOSE, "Say why, with --reason."),
        (("--status", "dead", *WHY), "Say whose events, with --tenant."),
        (("some-id", "--dry-run"), "--dry-run is for filters"),
    ],
)
def test_the_command_erases_nothing_by_mistake(arguments: tuple[str, ...], message: str) -> None:
    told, returncode = refusal_of(*arguments)

    assert told.startswith(message)
    assert returncode == 2


def test_the_command_can_be_left(meant: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    erase_one = services.erase_payload
    erased = []

    def erase_and_leave(**options: str) -> None:
        if erased:
            raise KeyboardInterrupt
        erase_one(**options)
        erased.append(options["event_id"])

    with monkeypatch.context() as patched:
        patched.setattr(services, "erase_payload", erase_and_leave)
        with pytest.raises(SystemExit) as left:
            run(*WHOSE, *WHY, "--confirm-count", "2")

    assert left.value.code == 130
    assert [each for each in meant if get_event(each).is_erased] == erased
    assert run(*WHOSE, *WHY, "--confirm-count", "1").endswith("1 erased\n")
