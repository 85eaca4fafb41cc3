"""What the next generation of a terminal event is, whoever asks for it."""

from datetime import datetime, timedelta

from django.conf import settings

from events import clock, tracing
from events.services.parking import due_at_of
from events.store import codec
from events.store.models import EventItem, PayloadMap, ReplayMap
from events.store.replays import NextGeneration
from events.store.shards import shard_count


def next_generation(
    item: EventItem,
    *,
    actor: str,
    reason: str,
    plan_id: str | None = None,
    payload_id: str | None = None,
) -> NextGeneration:
    """Describe a replay; ``payload_id`` names an edited payload that is stored already."""
    now = clock.now()
    kept_until = now + timedelta(days=settings.RETENTION_DAYS)
    due_at = now + timedelta(seconds=settings.DISPATCH_DUE_SECONDS)
    versions = item.payload_versions
    if payload_id is not None:
        versions = _with_version(item, payload_id, actor)
    return NextGeneration(
        item=item,
        replay_map=ReplayMap(
            replayed_at=codec.to_microseconds(now),
            actor=actor,
            reason=reason,
            plan_id=plan_id,
            payload_version=len(versions) if versions else None,
            traceparent=tracing.traceparent(),
        ),
        open_key=str(codec.shard_of(item.event_id, shard_count())),
        due_at=due_at_of(item.tenant, item.event_type, otherwise=codec.to_microseconds(due_at)),
        expires_at=max(int(item.expires_at), int(kept_until.timestamp())),
        payload_id=payload_id,
        payload_versions=None if payload_id is None else versions,
    )


def _with_version(item: EventItem, payload_id: str, actor: str) -> dict[str, PayloadMap]:
    """Return an event's payloads with one more; none is ever taken away, so they are numbered."""
    versions = dict(item.payload_versions or {"1": _first_version(item)})
    now = clock.now_microseconds()
    versions[str(len(versions) + 1)] = PayloadMap(item_id=payload_id, created_at=now, actor=actor)
    return versions


def _first_version(item: EventItem) -> PayloadMap:
    received_at, _, _ = item.sort_key.partition("#")
    created_at = codec.to_microseconds(datetime.fromisoformat(received_at))
    return PayloadMap(item_id=item.payload_id, created_at=created_at)
