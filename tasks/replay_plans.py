"""Replay plans in every worker process: threads that carry out those it holds a lease on."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from events import clock, queries, services
from events.errors import EventError
from events.replay_plan import PlanState, ReplayPlan
from tasks.horizon import horizon
from tasks.leases import Leases

logger = structlog.get_logger(__name__)

# Others take the rest; a plan's pace is bounded by what it waits for, so threads do.
_PLANS_AT_ONCE = 4
# A killed worker's plans go on elsewhere after this.
_LEASE_SECONDS = settings.LEASE_SECONDS
# While the queue is behind by more than this, a replay only makes it longer.
_BEHIND_MICROSECONDS = settings.DISPATCH_DUE_SECONDS * 1_000_000


class ReplayPlans:
    """Looks for plans once per interval and carries them out; any number of processes may."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._leases = Leases("replay-plan", _LEASE_SECONDS)
        self._in_hand: set[str] = set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="replay-plans", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        # Workers that start together must not ask together for ever.
        self._stop.wait(random.uniform(0, settings.RECOVERY_INTERVAL_SECONDS))  # noqa: S311
        with ThreadPoolExecutor(_PLANS_AT_ONCE, thread_name_prefix="replay-plan") as executor:
            while not self._stop.is_set():
                self.look(executor)
                self._stop.wait(settings.RECOVERY_INTERVAL_SECONDS)
        self._leases.release_all()

    def look(self, executor: ThreadPoolExecutor) -> None:
        """Take the plans in hand that nobody else has."""
        try:
            for plan in queries.list_open_replay_plans():
                is_known = plan.plan_id in self._in_hand or len(self._in_hand) == _PLANS_AT_ONCE
                if not is_known and self._may_take(plan):
                    self._in_hand.add(plan.plan_id)
                    executor.submit(self._carry_out, plan)
        except EventError as error:
            # The store is away; the next look is one interval off.
            logger.warning("replay_plans_postponed", reason=str(error))
        except Exception:
            # Whatever else it is, plans must outlive it.
            logger.exception("replay_plans_failed")

    def _may_take(self, plan: ReplayPlan) -> bool:
        if plan.state is PlanState.PAUSED and plan.settled_pages == plan.pages:
            return False
        return self._leases.has(plan.plan_id)

    def _carry_out(self, plan: ReplayPlan) -> None:
        try:
            self._advance(plan)
            services.settle_replay_plan(plan.plan_id, tenant=plan.tenant)
        except EventError as error:
            logger.warning("replay_plan_postponed", plan_id=plan.plan_id, reason=str(error))
        except Exception:
            logger.exception("replay_plan_failed", plan_id=plan.plan_id)
        finally:
            self._in_hand.discard(plan.plan_id)

    def _advance(self, plan: ReplayPlan) -> None:
        """Replay page after page at the plan's rate, until there is a reason to stop."""
        settle_at = time.monotonic() + settings.RECOVERY_INTERVAL_SECONDS
        while not self._stop.is_set() and self._leases.has(plan.plan_id):
            if _is_queue_behind():
                # Another worker may see further.
                self._leases.release(plan.plan_id)
                return
            began = time.monotonic()
            advance = services.advance_replay_plan(plan.plan_id, tenant=plan.tenant)
            if advance.is_over:
                return
            if began >= settle_at:
                services.settle_replay_plan(plan.plan_id, tenant=plan.tenant)
                settle_at = time.monotonic() + settings.RECOVERY_INTERVAL_SECONDS
            elapsed = time.monotonic() - began
            self._stop.wait(max(0.0, advance.wait_seconds - elapsed))


def _is_queue_behind() -> bool:
    """Say whether the messages that workers now receive have waited for long."""
    sent_at = horizon.microseconds
    return sent_at is not None and clock.now_microseconds() - sent_at > _BEHIND_MICROSECONDS


replay_plans = ReplayPlans()


@worker_ready.connect(weak=False)
def _start(**_: object) -> None:
    replay_plans.start()


@worker_shutting_down.connect(weak=False)
def _stop(**_: object) -> None:
    replay_plans.stop()
