"""One attempt from claim to outcome; every write is conditional on the attempt's own token."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from events import clock, counters
from events.event import AttemptError, ClaimedEvent, Outcome, Status, trace_id_of
from events.pause import Pauses
from events.services.error_groups import tally
from events.services.parking import park
from events.services.reach import out_of_reach
from events.store import attempts, codec, events, statements
from events.store.connection import ConditionFailed, Item
from events.store.models import AttemptMap, EventItem
from events.store.pauses import known_pauses
from events.store.shards import shard_count

# The newest attempts are kept on the event; older ones are counted.
ATTEMPTS_KEPT = 20
# How long after a lease's end, or after the end of a wait, recovery leaves an event alone.
_GRACE = timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
# An open event whose expiry is nearer than this is kept for another whole retention.
NEAR_EXPIRY = timedelta(days=min(7, settings.RETENTION_DAYS / 2))
_LEASE = timedelta(seconds=settings.LEASE_SECONDS)
# For a message whose event moves just now, for whatever reason.
_MOMENT_SECONDS = 1.0
# No token is a secret, and asking the kernel each time would let other threads in. It is our own
# generator, since a handler may seed Python's; a forked child must not go on with its parent's.
_tokens = random.Random()  # noqa: S311  # as above
os.register_at_fork(after_in_child=_tokens.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message may not run its event now, and what is to become of the message.

    With ``wait_seconds`` the message is hidden for so long; with ``is_dead`` a copy belongs in
    the dead-letter queue before it is deleted; otherwise it is deleted. ``tenant`` and ``trace_id``
    are the event's, if it is there.
    """

    reason: str
    tenant: str | None = None
    trace_id: str | None = None
    wait_seconds: float | None = None
    is_dead: bool = False


def claim_event(
    *,
    event_id: str,
    generation: int,
    message_id: str,
    worker: str,
    request_id: str | None = None,
    claimable_by: int | None = None,
) -> ClaimedEvent | Refusal:
    """Take an event for one attempt, for the length of a lease.

    ``request_id`` is that of the HTTP request that asked for this run, as far as it is known.
    With ``claimable_by`` the event is taken even if it is not due before then, at work until
    then, or paused.
    """
    token = f"a{_tokens.getrandbits(48):012x}"
    started_at = clock.now()
    attempt = AttemptMap(
        generation=generation,
        worker=worker,
        version=settings.VERSION,
        started_at=codec.to_microseconds(started_at),
    )
    claim = partial(
        attempts.claim,
        event_id,
        generation,
        token=token,
        message_id=message_id,
        attempt=attempt,
        lease=_lease_end(started_at, claimable_by),
        claimable_by=claimable_by,
    )
    try:
        item = _take(claim, generation) if claimable_by is None else claim(pauses=Pauses())
    except ConditionFailed as refusal:
        return _explain(refusal.item, generation, message_id)
    if isinstance(item, Refusal):
        return item
    claimed = _claimed(item, token, request_id)
    counters.count_claimed(claimed)
    return claimed


def extend_lease(claimed: ClaimedEvent) -> bool:
    """Hold an event for another lease; False if it is no longer this attempt's."""
    lease_ends_at = clock.now() + _LEASE
    return attempts.extend_lease(
        claimed.event_id,
        claimed.owner,
        lease=codec.to_microseconds(lease_ends_at),
        due_at=codec.to_microseconds(lease_ends_at + _GRACE),
    )


def finish_event(claimed: ClaimedEvent, *, result_json: str | None) -> bool:
    """Record success; False if the event went to somebody else, whose outcome stands."""
    attempt = _ended(claimed, Outcome.SUCCEEDED, None)
    is_ours = attempts.finish(
        claimed.event_id,
        claimed.owner,
        attempt=attempt,
        result=result_json,
        forget=_superfluous(claimed),
    )
    if is_ours:
        counters.count_succeeded(claimed, ended_at=codec.from_microseconds(attempt.ended_at))
    return is_ours


def retry_event(
    claimed: ClaimedEvent, *, outcome: Outcome, error: AttemptError, wait_seconds: float
) -> bool:
    """Record a failure that another attempt follows; False if the event went to another."""
    claimable_at = clock.now() + timedelta(seconds=wait_seconds)
    kept_until = claimed.expires_at
    is_near_its_end = claimable_at + NEAR_EXPIRY > kept_until
    if is_near_its_end:
        kept_until = claimable_at + timedelta(days=settings.RETENTION_DAYS)
    expires_at = int(kept_until.timestamp())
    attempt = _ended(claimed, outcome, error)
    is_ours = attempts.retry(
        claimed.event_id,
        claimed.owner,
        attempt=attempt,
        claimable_at=codec.to_microseconds(claimable_at),
        due_at=codec.to_microseconds(claimable_at + _GRACE),
        expires_at=expires_at,
        forget=_superfluous(claimed),
    )
    if is_ours and outcome is not Outcome.STOPPED:
        counters.count_failed_attempt(
            claimed, outcome=outcome, ended_at=codec.from_microseconds(attempt.ended_at)
        )
        tally.note(claimed, error, is_death=False)
    if is_ours and is_near_its_end:
        _keep_payload(claimed, expires_at)
    return is_ours


def _keep_payload(claimed: ClaimedEvent, expires_at: int) -> None:
    payload_ids = {each.item_id for each in claimed.payload_versions}
    if claimed.payload_json is not None:
        payload_ids.add(codec.large_payload_id(claimed.event_id, claimed.payload_json))
    for payload_id in filter(None, payload_ids):
        events.keep(payload_id, expires_at=expires_at)


def bury_event(claimed: ClaimedEvent, *, outcome: Outcome, error: AttemptError) -> bool:
    """Record that no more attempts will be made; False if the event went to another."""
    attempt = _ended(claimed, outcome, error)
    is_ours = attempts.bury(
        claimed.event_id,
        claimed.owner,
        attempt=attempt,
        dead_key=codec.shard_key(claimed.tenant, codec.shard_of(claimed.event_id, shard_count())),
        forget=_superfluous(claimed),
    )
    if is_ours:
        counters.count_death(
            claimed, outcome=outcome, ended_at=codec.from_microseconds(attempt.ended_at)
        )
        tally.note(claimed, error, is_death=True)
    return is_ours


def _lease_end(started_at: datetime, claimable_by: int | None) -> int:
    # Beyond what it is taken by, or a repetition of the claim would take it once more.
    return max(codec.to_microseconds(started_at + _LEASE), (claimable_by or 0) + 1)


def _take(claim: Callable[..., EventItem], generation: int) -> EventItem | Refusal:
    """Claim an event, or let it wait if it is paused; raises ConditionFailed."""
    pauses = known_pauses()
    try:
        return claim(pauses=pauses)
    except ConditionFailed as refusal:
        if refusal.item is None or not pauses or not _is_claimable(refusal.item, generation):
            raise
        item = codec.read_item(refusal.item)
        is_parked = park(item)
    if is_parked is None:
        # Its type is paused for another tenant, or was until now.
        return claim(pauses=Pauses())
    if is_parked:
        return _refuse(item, "the event is paused")
    return _refuse(item, "the event has moved", wait_seconds=_MOMENT_SECONDS)


def _is_claimable(raw: Item, generation: int) -> bool:
    claimable_at = raw.get("claimable_at", {}).get("N")
    is_due = claimable_at is not None and int(claimable_at) <= clock.now_microseconds()
    return is_due and raw.get("generation") == statements.number(generation)


def _explain(raw: Item | None, generation: int, message_id: str) -> Refusal:
    if raw is None or "status" not in raw:
        return Refusal(reason="the event is gone")
    item = codec.read_item(raw)
    if int(item.generation) != generation:
        return _refuse(item, f"the event is in generation {int(item.generation)}")
    if item.status == Status.DEAD:
        return _refuse(item, "the event is dead", is_dead=True)
    if item.status == Status.SUCCEEDED:
        return _refuse(item, "the event has succeeded")
    if item.message_id not in (None, message_id):
        return _refuse(item, "another message holds the event")
    wait_seconds = (int(item.claimable_at) - clock.now_microseconds()) / 1_000_000
    return _refuse(item, "the event is not due yet", wait_seconds=max(0.0, wait_seconds))


def _refuse(
    item: EventItem, reason: str, *, wait_seconds: float | None = None, is_dead: bool = False
) -> Refusal:
    return Refusal(
        reason=reason,
        tenant=item.tenant,
        trace_id=trace_id_of(item.traceparent),
        wait_seconds=wait_seconds,
        is_dead=is_dead,
    )


def _claimed(item: EventItem, token: str, request_id: str | None) -> ClaimedEvent:
    return ClaimedEvent(
        # The claim stands: giving up early would spend the attempt on nothing.
        **codec.event_fields(
            item, events.read_payload(item, deadline_seconds=settings.LEASE_SECONDS / 2)
        ),
        attempt_number=int(item.attempt_number),
        request_id=request_id,
        owner=token,
        extend_lease=out_of_reach(extend_lease),
    )


def _ended(claimed: ClaimedEvent, outcome: Outcome, error: AttemptError | None) -> AttemptMap:
    started = claimed.attempts[-1]
    return AttemptMap(
        generation=claimed.generation,
        number=claimed.attempt_number,
        worker=started.worker,
        version=started.version,
        started_at=codec.to_microseconds(started.started_at),
        ended_at=clock.now_microseconds(),
        outcome=outcome.value,
        error_type=error.type if error else None,
        error_message=error.message if error else None,
        error_fingerprint=error.fingerprint if error else None,
        error_traceback=error.traceback if error else None,
    )


def _superfluous(claimed: ClaimedEvent) -> tuple[str, ...]:
    return tuple(attempt.token for attempt in claimed.attempts[:-ATTEMPTS_KEPT])
