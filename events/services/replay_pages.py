"""Carrying out replay plans, step by step: each may be cut off anywhere and repeated.

A page is stored before its events are touched; each replay is one conditional write that carries
the plan's id; what was done is counted, with the place in the page, by one conditional write after
them. So a worker that takes over knows what was done, does the rest, and counts it all once.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from django.conf import settings

from events import clock
from events.dispatch import dispatcher
from events.errors import EventError
from events.event import Status
from events.queries import EventFilter, list_events, sort_key_of
from events.replay_plan import END, Entry, Page, PlanState, ReplayPlan, Skip
from events.services.generations import next_generation
from events.services.parking import is_parked
from events.services.replay import count_replayed, is_erased
from events.store import codec, events, replay_pages, replay_plans, replays, rows
from events.store.models import EventItem
from events.store.replays import NextGeneration, Start

# A step is at most a second's worth, so that a plan can be paused that fast.
_STEP_LIMIT = 200
# A page is several: looking for events costs as much for few as for many.
_STEPS_PER_PAGE = 10
_PAGE_LIMIT = 1_000
# The actor of what a plan does by itself.
_WORKER = "worker"
_NEEDED = (
    *("event_id", "sort_key", "tenant", "event_type", "status", "generation", "replays"),
    *("payload", "payload_id", "payload_versions", "updated_at", "expires_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What one step of a plan did; ``wait_seconds`` is how long its rate asks to wait."""

    is_over: bool
    replayed: int = 0
    wait_seconds: float = 0.0


def advance_replay_plan(plan_id: str, *, tenant: str) -> Advance:
    """Replay some events of a running plan; nothing happens to one that rests or has ended.

    Several workers at once are safe, and slower than one. Raises StoreUnavailable or
    StoreThrottled, after which the same step is done again.
    """
    plan = replay_plans.read(tenant, plan_id)
    if plan is None or plan.state is not PlanState.RUNNING:
        return Advance(is_over=True)
    page = replay_pages.read(plan_id, plan.pages + 1) or _draw_page(plan)
    if page.is_end:
        replay_plans.set_state(plan, PlanState.COMPLETED, actor=_WORKER)
        return Advance(is_over=True)
    entries = page.entries[plan.done :][: min(plan.rate, _STEP_LIMIT)]
    replayed, skipped = _replay(plan, entries)
    done = plan.done + len(entries)
    replay_plans.commit(plan, page=page, done=done, replayed=replayed, skipped=skipped)
    return Advance(is_over=False, replayed=replayed, wait_seconds=len(entries) / plan.rate)


def _draw_page(plan: ReplayPlan) -> Page:
    """Find the plan's next events and store which they are, even if there are none.

    Another worker may have replayed them since the plan was read, and they are where no list finds
    them: what it has stored is the page, and nobody may pass by it.
    """
    drawn = list_events(
        tenants=[plan.tenant],
        event_filter=EventFilter.from_dict(plan.filter),
        after=plan.cursor,
        limit=min(plan.rate * _STEPS_PER_PAGE, _PAGE_LIMIT),
    )
    oldest_first = drawn.events[::-1]
    # Where no index knows what is meant, a stretch of events may hold none of it.
    last_key = sort_key_of(oldest_first[-1]) if oldest_first else END
    page = Page(
        entries=tuple(Entry(each.event_id, each.generation) for each in oldest_first),
        cursor=drawn.next_key or last_key,
    )
    kept_until = clock.now() + timedelta(days=settings.RETENTION_DAYS)
    return replay_pages.insert(
        plan.plan_id, plan.pages + 1, page, expires_at=int(kept_until.timestamp())
    )


def _replay(plan: ReplayPlan, entries: Sequence[Entry]) -> tuple[int, Counter[Skip]]:
    """Replay what is still to be replayed of these; return what has become of all of them."""
    items = {
        item.event_id: item
        for item in rows.read_parts([each.event_id for each in entries], _NEEDED)
    }
    verdicts = {each.event_id: _judge(plan, each, items.get(each.event_id)) for each in entries}
    skipped = Counter(each for each in verdicts.values() if isinstance(each, Skip))
    due = [items[event_id] for event_id, verdict in verdicts.items() if verdict is None]
    started = _start(plan, due)
    skipped[Skip.CHANGED] += len(due) - started
    done_before = sum(verdict is True for verdict in verdicts.values())
    return done_before + started, skipped


def _judge(plan: ReplayPlan, entry: Entry, item: EventItem | None) -> Skip | bool | None:
    """Say why an event is left alone, or True if this plan replayed it before; None: replay it."""
    if item is None or events.is_expired(item):
        return Skip.EXPIRED
    if any(each.plan_id == plan.plan_id for each in (item.replays or {}).values()):
        return True
    if not Status(item.status).is_terminal:
        return Skip.OPEN
    if is_erased(item):
        return Skip.ERASED
    has_moved = codec.from_microseconds(item.updated_at) > plan.created_at
    if has_moved or int(item.generation) != entry.generation:
        return Skip.CHANGED
    return None


def _start(plan: ReplayPlan, items: Sequence[EventItem]) -> int:
    """Start the next generation of terminal events; return how many this plan has started."""
    generations = [
        next_generation(item, actor=plan.actor, reason=plan.reason, plan_id=plan.plan_id)
        for item in items
    ]
    _keep_payloads(generations)
    outcomes = replays.start_all(generations)
    ours = [
        each for each, outcome in zip(generations, outcomes, strict=True) if outcome is Start.OURS
    ]
    for each in ours:
        count_replayed(each.item)
    _dispatch(plan, ours)
    for outcome in outcomes:
        if isinstance(outcome, EventError):
            # What was started is found to be so when the step is done again.
            raise outcome
    return len(outcomes) - outcomes.count(Start.REFUSED)


def _keep_payloads(generations: Sequence[NextGeneration]) -> None:
    """Let payloads that are items of their own live as long as their events."""
    kept = set(chain.from_iterable(codec.payload_item_ids(each.item) for each in generations))
    if kept:
        expires_at = max(each.expires_at for each in generations)
        replays.keep_all(sorted(kept), expires_at=expires_at)


def _dispatch(plan: ReplayPlan, started: Sequence[NextGeneration]) -> None:
    """Send what was started; recovery dispatches what the queue does not take."""
    by_number: dict[int, list[str]] = defaultdict(list)
    for each in started:
        if not is_parked(each.due_at):
            by_number[each.number].append(each.item.event_id)
    for number, event_ids in by_number.items():
        dispatcher().send_all(event_ids, generation=number, tenant=plan.tenant)
