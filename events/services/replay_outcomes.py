"""What has become of the events that a replay plan replayed: counted when all of a page ended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings

from events import clock
from events.event import Event, Outcome, Status
from events.replay_plan import Entry, Page, ReplayPlan
from events.store import codec, events, replay_pages, replay_plans, rows

_PAGES_PER_LOOK = 10
# One that is still on its way spares reading the rest.
_ENTRIES_AT_ONCE = 100
# A worker may be in the middle of a page when its plan is aborted.
_GRACE = timedelta(seconds=30)
# An event that waits for days for its next attempt does not keep a plan from being settled.
_PATIENCE = timedelta(days=1)

_SUCCEEDED, _FAILED_AGAIN, _OPEN, _NONE = "succeeded", "failed again", "open", "none known"


def settle_replay_plan(plan_id: str, *, tenant: str) -> None:
    """Count what became of a plan's pages, as far as they have ended; put a settled plan away.

    Safe to repeat and to be cut off. Raises StoreUnavailable or StoreThrottled.
    """
    for _ in range(_PAGES_PER_LOOK):
        plan = replay_plans.read(tenant, plan_id)
        if plan is None:
            return
        if plan.is_settled:
            kept_until = clock.now() + timedelta(days=settings.RETENTION_DAYS)
            replay_plans.put_away(plan, expires_at=int(kept_until.timestamp()))
            return
        if plan.settled_pages == plan.final_pages or not _settle_page(plan):
            return


def _settle_page(plan: ReplayPlan) -> bool:
    """Count one page's outcomes; False if some of its events are still on their way."""
    if plan.settled_pages == plan.pages and clock.now() < plan.changed_at + _GRACE:
        return False
    page = replay_pages.read(plan.plan_id, plan.settled_pages + 1)
    found: Counter[str] = Counter()
    for chunk in _chunks(page):
        found.update(_outcomes(plan, chunk))
        if found[_OPEN] and not _is_given_up(plan):
            return False
    return replay_plans.settle_page(
        plan, succeeded=found[_SUCCEEDED], failed_again=found[_FAILED_AGAIN]
    )


def _chunks(page: Page | None) -> Iterator[Sequence[Entry]]:
    # A stretch of events of which none was meant has left no page.
    entries = page.entries if page else ()
    for start in range(0, len(entries), _ENTRIES_AT_ONCE):
        yield entries[start : start + _ENTRIES_AT_ONCE]


def _outcomes(plan: ReplayPlan, entries: Sequence[Entry]) -> list[str]:
    """Return what became of each of these events."""
    event_ids = [each.event_id for each in entries]
    items = rows.read_rows(event_ids, with_attempts=True)
    found = [codec.to_event(each, None) for each in items if not events.is_expired(each)]
    return [_outcome(plan, event) for event in found]


def _outcome(plan: ReplayPlan, event: Event) -> str:
    """Return how the generation ended that the plan started, if it started one."""
    started = [each.generation for each in event.replays if each.plan_id == plan.plan_id]
    if not started:
        return _NONE
    if event.generation == started[0]:
        ended = {Status.SUCCEEDED: _SUCCEEDED, Status.DEAD: _FAILED_AGAIN}
        return ended.get(event.status, _OPEN)
    # Somebody has replayed it since: the generation's own last attempt tells, if it is still kept.
    attempts = [each for each in event.attempts if each.generation == started[0]]
    if not attempts:
        return _NONE
    return _SUCCEEDED if attempts[-1].outcome is Outcome.SUCCEEDED else _FAILED_AGAIN


def _is_given_up(plan: ReplayPlan) -> bool:
    return plan.state.has_ended and clock.now() > plan.changed_at + _PATIENCE
