"""A replay plan's progress at a terminal."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from events import queries
from events.errors import Retryable
from events.replay_plan import ReplayPlan

_LOOK_SECONDS = 0.5
# Most of the events that were replayed last have ended by then, too.
_LOOKS_AFTER_END = 30


def follow(plan: ReplayPlan) -> ReplayPlan:
    """Show a plan's progress until it has ended, and a little longer; return it as it is then.

    While the store is away, the bar stands still.
    """
    looks_left = _LOOKS_AFTER_END
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[skipped]} skipped, {task.fields[failed_again]} failed again"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(plan.state, total=_total(plan), skipped=0, failed_again=0)
        while True:
            progress.update(
                bar,
                description=plan.state.value,
                completed=plan.examined,
                skipped=sum(plan.skipped.values()),
                failed_again=plan.failed_again,
            )
            looks_left -= plan.state.has_ended
            if plan.is_settled or looks_left == 0:
                return plan
            time.sleep(_LOOK_SECONDS)
            plan = _look(plan)


def summarize(plan: ReplayPlan) -> str:
    """Say in one line how far a plan has come."""
    skipped = ", ".join(f"{count} {reason}" for reason, count in plan.skipped.items() if count)
    parts = [
        f"{plan.state}: {plan.replayed} replayed",
        f"{sum(plan.skipped.values())} skipped" + (skipped and f" ({skipped})"),
        f"{plan.succeeded} succeeded",
        f"{plan.failed_again} failed again",
        f"{plan.unsettled} not settled",
    ]
    return ", ".join(parts)


def _total(plan: ReplayPlan) -> int | None:
    """Return how many events there are to examine, if that is known."""
    return plan.expected.count if plan.expected.is_exact else None


def _look(plan: ReplayPlan) -> ReplayPlan:
    try:
        return queries.get_replay_plan(plan.plan_id, tenant=plan.tenant)
    except Retryable:
        return plan
