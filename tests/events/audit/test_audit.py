from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings

from events import queries
from events.audit import AuditReport, Fault, Finding
from events.counters.process import Counting
from events.errors import StoreUnavailable
from events.event import Status
from events.identity import keyed_event_id, new_event_id
from events.queries import auditing
from events.store import walking
from events.store.codec import large_payload_id
from tests.events.audit.damage import Item, Stored, damage, delete
from tests.factories import (
    TENANT,
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

LARGE = f'"{"x" * 5_000}"'


def audit(accepted_ids: Sequence[str] = (), **options: object) -> AuditReport:
    made = queries.Audit(accepted_ids=accepted_ids, **options)  # type: ignore[arg-type]  # of many kinds
    for _ in made.walk(items_per_second=1_000_000):
        pass
    return made.report()


def faults(report: AuditReport) -> list[tuple[Fault, str | None]]:
    return [(each.fault, each.event_id) for each in report.findings]


@pytest.mark.both_stores
def test_it_finds_nothing_wrong_with_events_in_every_state(stored: Stored) -> None:
    report = audit(list(stored.values()))

    assert report.findings == []
    assert report.by_status == {
        Status.PENDING: 2,
        Status.PROCESSING: 1,
        Status.RETRYING: 1,
        Status.SUCCEEDED: 2,
        Status.DEAD: 1,
    }
    assert (report.events, report.payloads, report.items) == (7, 1, 8)
    (account,) = report.accounts
    assert (account.accepted, account.stored, account.lost, account.uncounted) == (7, 7, 0, 0)


@pytest.mark.both_stores
def test_it_finds_a_loss_by_the_counters_alone(stored: Stored) -> None:
    delete(stored["succeeded"])

    assert audit().findings == [
        Finding(
            fault=Fault.LOST,
            detail="1 were counted as accepted and are not stored",
            tenant=TENANT,
            event_type="order.created",
        )
    ]


@pytest.mark.both_stores
def test_it_names_a_loss_by_the_ids(stored: Stored) -> None:
    delete(stored["dead"])

    assert (Fault.MISSING, stored["dead"]) in faults(audit(list(stored.values())))


@pytest.mark.both_stores
def test_it_finds_an_overdue_event(frozen_clock: FrozenClock, stored: Stored) -> None:
    late = auditing.OVERDUE_AFTER + timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
    frozen_clock.advance(days=1)
    event_id = accept_event()
    frozen_clock.advance(seconds=late.total_seconds())
    assert (Fault.OVERDUE, event_id) not in faults(audit())

    frozen_clock.advance(seconds=1)
    found = {each.event_id: each.detail for each in audit().findings if each.event_id}
    assert found[event_id] == "it is pending and should have moved by 2026-01-03 03:04:35 UTC"
    assert found.keys() == {
        event_id,
        *(stored[name] for name in ("pending", "processing", "retrying", "replayed")),
    }


@pytest.mark.both_stores
def test_it_finds_a_contradiction(stored: Stored) -> None:
    damage(stored["succeeded"], lambda item: item.update(status={"S": "dead"}))

    found = audit().findings
    assert {(each.fault, each.event_id) for each in found} == {
        (Fault.CONTRADICTION, stored["succeeded"])
    }
    assert [each.detail for each in found] == [
        "it is dead and is not listed among the dead",
        "it is dead and its last attempt has not failed",
    ]


@pytest.mark.both_stores
def test_it_finds_a_missing_payload(stored: Stored) -> None:
    payload_id = large_payload_id(stored["large"], LARGE)
    assert payload_id is not None
    delete(payload_id)

    assert faults(audit()) == [(Fault.PAYLOAD_MISSING, stored["large"])]


def test_it_finds_an_event_that_expired_before_its_work_was_done(frozen_clock: FrozenClock) -> None:
    event_id = accept_event()
    frozen_clock.advance(days=settings.RETENTION_DAYS)

    report = audit()
    assert faults(report) == [(Fault.EXPIRED_OPEN, event_id)]
    assert report.awaiting_deletion == 1


def test_it_finds_what_cannot_be_read(stored: Stored) -> None:
    damage(stored["dead"], lambda item: item.update(status={"S": "asleep"}))
    damage(stored["pending"], lambda item: item.pop("tenant"))

    found = {each.event_id: each.detail for each in audit().findings if each.event_id}
    assert found == {
        stored["dead"]: "it cannot be read: ValueError(\"'asleep' is not a valid Status\")",
        stored["pending"]: "it lacks tenant",
    }


def test_it_does_not_take_for_missing_what_is_accepted_meanwhile(counting: Counting) -> None:
    made = queries.Audit(accepted_ids=[keyed_event_id(TENANT, "key-1")])
    walk = made.walk(items_per_second=1_000_000)
    assert list(walk) == [0]
    accept_event(idempotency_key="key-1")
    counting.flush()

    assert made.report().is_clean


def test_it_does_not_take_for_missing_what_had_time_to_expire(frozen_clock: FrozenClock) -> None:
    event_id = new_event_id()
    frozen_clock.advance(days=1_000)

    assert audit([event_id]).is_clean


def test_it_says_what_is_no_id() -> None:
    assert faults(audit(["order 7"])) == [(Fault.NOT_AN_ID, "order 7")]


def test_it_finds_a_payload_that_is_met_before_its_event_or_after(dynamodb: FakeDynamoDB) -> None:
    for _ in range(5):
        make_succeeded_event(payload_json=LARGE)
    dynamodb.page_size = 1

    assert audit().is_clean


def test_it_looks_again_before_it_accuses(dynamodb: FakeDynamoDB) -> None:
    event_id = make_succeeded_event(payload_json=LARGE)
    dynamodb.page_size = 1
    made = queries.Audit()
    walk = made.walk(items_per_second=1_000_000)
    next(walk)
    # Erased while the walk goes on.
    damage(event_id, lambda item: item.pop("payload_id"))
    payload_id = large_payload_id(event_id, LARGE)
    assert payload_id is not None
    delete(payload_id)
    list(walk)

    assert made.report().is_clean


def test_it_walks_no_faster_than_it_may(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    # The module's own: other threads sleep as ever.
    still = SimpleNamespace(sleep=slept.append, monotonic=lambda: 0.0)
    monkeypatch.setattr(auditing, "time", still)
    for _ in range(4):
        accept_event()
    dynamodb.page_size = 2
    made = queries.Audit()

    assert list(made.walk(items_per_second=10)) == [2, 4]
    assert slept == [pytest.approx(0.2), pytest.approx(0.4)]


def test_it_reads_no_payload_and_no_result(stored: Stored) -> None:
    pages = [item for page in walking.read_pages(page_size=3) for item in page]

    assert len(pages) == len(stored) + 1
    assert not any({"payload", "result"} & item.keys() for item in pages)


def test_it_says_that_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    made = queries.Audit()
    dynamodb.is_away = True

    with pytest.raises(StoreUnavailable):
        list(made.walk(items_per_second=1_000))


def test_it_changes_nothing(stored: Stored, dynamodb: FakeDynamoDB) -> None:
    before = dynamodb.events.items()
    audit(list(stored.values()))

    assert dynamodb.events.items() == before


def test_a_life_of_retries_contradicts_nothing(frozen_clock: FrozenClock) -> None:
    event_id = accept_event(process_at=frozen_clock.now() + timedelta(hours=1))
    assert audit().is_clean
    frozen_clock.advance(hours=1)
    for _ in range(25):
        claim_event(event_id)
        # Its worker vanishes.
        frozen_clock.advance(seconds=settings.LEASE_SECONDS)
        retry(claim_event(event_id))
        assert audit(overdue_after=timedelta(days=1)).is_clean

    assert get_event(event_id).attempt_count == 50


def unpaired(item: Item) -> None:
    item["sort_key"] = {"S": "2026-01-02T03:04:05.000000Z#another"}


def test_it_finds_a_key_that_leads_elsewhere() -> None:
    event_id = make_dead_event()
    damage(event_id, unpaired)

    assert [each.detail for each in audit().findings] == ["its sort key is another event's"]
