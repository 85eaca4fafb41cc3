"""Walking the whole store once, and holding every event to what must be true of it."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.conf import settings

from events import clock, identity
from events.audit import AuditReport, Fault, Finding
from events.event import Status
from events.queries.books import Books, read_accepted
from events.queries.contradictions import find_contradictions
from events.store import codec, counters, events, rows, walking
from events.store.connection import Item
from events.store.models import EventItem
from events.store.shards import read_shard_count

# Recovery looks at each event that is due within an interval; twice that is late.
OVERDUE_AFTER = timedelta(
    seconds=2 * (settings.DISPATCH_DUE_SECONDS + settings.RECOVERY_INTERVAL_SECONDS)
)
_NAMED_AT_ONCE = 1_000
# What a damaged item may answer to being read.
_DAMAGE = (KeyError, ValueError, TypeError, AttributeError)
_PAYLOAD_MARK = "#payload#"
_NEEDED = (
    *("status", "sort_key", "tenant", "event_type", "generation"),
    *("attempt_number", "attempt_count", "updated_at", "expires_at"),
)


def estimate_items() -> int:
    """Return about how many items a walk will meet."""
    return walking.estimate_items()


class Audit:
    """One audit: ``walk`` it to the end, then ask for the ``report``.

    ``accepted_ids`` are ids that somebody was given for accepted events. Takes memory for those,
    and for the names of all large payloads. Raises StoreUnavailable, StoreThrottled.
    """

    def __init__(
        self,
        *,
        accepted_ids: Iterable[str] = (),
        since: date | None = None,
        overdue_after: timedelta = OVERDUE_AFTER,
    ) -> None:
        self._now = clock.now()
        self._overdue_before = codec.to_microseconds(self._now - overdue_after)
        self._shards = read_shard_count()
        # Before the first look at the store.
        self._accepted = read_accepted(self._now, counters.read_tenants())
        self._books = Books(self._accepted, now=self._now, since=since)
        self._unseen_ids = set(accepted_ids)
        self._payloads_seen: set[str] = set()
        self._payloads_named: dict[str, EventItem] = {}
        self._by_status: Counter[Status] = Counter()
        self._items = 0
        self._awaiting_deletion = 0
        self._findings: list[Finding] = []

    def walk(self, *, items_per_second: int) -> Iterator[int]:
        """Look at every item, so many a second at most; yields how many were looked at so far."""
        began = time.monotonic()
        for page in walking.read_pages(page_size=items_per_second):
            for raw in page:
                self._look(raw)
            self._items += len(page)
            yield self._items
            time.sleep(max(0.0, began + self._items / items_per_second - time.monotonic()))

    def report(self) -> AuditReport:
        """Settle what only the end of the walk tells, with a second look at what was not met."""
        self._find_missing_payloads()
        self._find_missing_events()
        accounts = self._books.close_accounts()
        for each in accounts:
            if each.lost:
                self._accuse(
                    Fault.LOST,
                    f"{each.lost} were counted as accepted and are not stored",
                    tenant=each.tenant,
                    event_type=each.event_type,
                    count=each.lost,
                )
        return AuditReport(
            as_of=self._now,
            items=self._items,
            payloads=len(self._payloads_seen),
            by_status={status: self._by_status[status] for status in Status},
            awaiting_deletion=self._awaiting_deletion,
            is_counted=self._accepted.is_complete,
            accounts=accounts,
            days=self._books.close_days(),
            findings=self._findings,
        )

    def _look(self, raw: Item) -> None:
        key = raw["event_id"]["S"]
        if "status" not in raw and _PAYLOAD_MARK in key:
            self._payloads_seen.add(key)
            self._payloads_named.pop(key, None)
            return
        self._unseen_ids.discard(key)
        lacking = [name for name in _NEEDED if name not in raw]
        if lacking:
            detail = f"it lacks {', '.join(lacking)}"
            self._accuse(Fault.UNREADABLE, detail, event_id=key)
            return
        try:
            item = codec.read_item(raw)
            self._look_at_event(item)
        except _DAMAGE as error:
            self._accuse(Fault.UNREADABLE, f"it cannot be read: {error!r}"[:200], event_id=key)

    def _look_at_event(self, item: EventItem) -> None:
        event = codec.to_event(item, None)
        self._books.note(event.tenant, event.event_type, event.received_at)
        self._by_status[event.status] += 1
        if events.is_expired(item):
            self._awaiting_deletion += 1
            if not event.status.is_terminal:
                self._accuse_event(Fault.EXPIRED_OPEN, f"it expired while {item.status}", item)
            # To whoever reads, it is gone.
            return
        for payload_id in codec.payload_item_ids(item) - self._payloads_seen:
            self._payloads_named[payload_id] = item
        for detail in find_contradictions(item, shards=self._shards):
            self._accuse_event(Fault.CONTRADICTION, detail, item)
        if item.due_at is not None and item.due_at < self._overdue_before:
            due_at = codec.from_microseconds(item.due_at)
            detail = f"it is {item.status} and should have moved by {due_at:%F %T} UTC"
            self._accuse_event(Fault.OVERDUE, detail, item)

    def _find_missing_payloads(self) -> None:
        for payload_id, item in self._payloads_named.items():
            now = events.read(item.event_id)
            # It may have been written, edited or erased while the walk went on.
            if now is None or payload_id not in codec.payload_item_ids(now):
                continue
            if events.read_payload_item(payload_id) is None:
                self._accuse_event(Fault.PAYLOAD_MISSING, f"there is no item {payload_id}", item)

    def _find_missing_events(self) -> None:
        ids = sorted(self._unseen_ids)
        ill_formed = [each for each in ids if not identity.is_event_id(each)]
        for each in ill_formed:
            self._accuse(Fault.NOT_AN_ID, "it is no event's id", event_id=each[:100])
        unseen = [each for each in ids if identity.is_event_id(each)]
        for start in range(0, len(unseen), _NAMED_AT_ONCE):
            chunk = unseen[start : start + _NAMED_AT_ONCE]
            # Those are there that were accepted while the walk went on.
            there = {item.event_id for item in rows.read_parts(chunk, ("event_id", "status"))}
            for each in chunk:
                if each not in there and not self._has_expired(each):
                    detail = "it was accepted and is not stored"
                    self._accuse(Fault.MISSING, detail, event_id=each)

    def _has_expired(self, event_id: str) -> bool:
        """Say whether an event that is gone had time to expire; one with a key does not tell."""
        made_at = identity.time_of(event_id)
        retention = timedelta(days=settings.RETENTION_DAYS)
        return made_at is not None and made_at + retention <= self._now

    def _accuse_event(self, fault: Fault, detail: str, item: EventItem) -> None:
        self._accuse(
            fault,
            detail,
            event_id=item.event_id,
            tenant=item.tenant,
            event_type=item.event_type,
        )

    def _accuse(
        self,
        fault: Fault,
        detail: str,
        *,
        event_id: str | None = None,
        tenant: str | None = None,
        event_type: str | None = None,
        count: int = 1,
    ) -> None:
        self._findings.append(
            Finding(
                fault=fault,
                detail=detail,
                event_id=event_id,
                tenant=tenant,
                event_type=event_type,
                count=count,
            )
        )
