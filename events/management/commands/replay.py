"""manage.py replay: many events replayed by a plan that workers carry out.

Exits with 0 if it is done or on its way, 1 if it was refused or aborted, 2 if the call is wrong,
130 if it was left with Ctrl-C: the plan goes on.
"""

import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import queries, services
from events.errors import EventError, ReplayNotConfirmed, ReplayPlanOverlaps
from events.event import Status
from events.management.actor import get_actor
from events.management.options import TEXTS, TIMES, add_filter, option, rate, read_filter
from events.management.replay_progress import follow, summarize
from events.queries import EventFilter
from events.replay_plan import RATE_DEFAULT, Estimate, ReplayPlan

_MISUSE = 2
_INTERRUPTED = 130
_NEW = "a new plan"
_CHANGES: dict[str, Callable[..., ReplayPlan]] = {
    "pause": services.pause_replay_plan,
    "resume": services.resume_replay_plan,
    "abort": services.abort_replay_plan,
}


class Command(BaseCommand):
    help = "Replay many events, by a plan that outlives this command; or look after such plans."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="default", help="whose events (default: default)")
        meant = parser.add_argument_group("which events are meant; at least one is needed")
        add_filter(meant)
        meant.add_argument("--status", choices=("dead", "succeeded"), help="default: dead")
        made = parser.add_argument_group("a new plan")
        made.add_argument("--reason", help="why; everybody will see it")
        made.add_argument("--rate", type=rate, default=RATE_DEFAULT, help="events a second")
        made.add_argument("--dry-run", action="store_true", help="only say what would be replayed")
        made.add_argument("--confirm-count", type=int, metavar="N", help="yes, up to N events")
        known = parser.add_mutually_exclusive_group()
        known.add_argument("--list", action="store_true", help="show the tenant's plans")
        for name in ("show", *_CHANGES):
            known.add_argument(f"--{name}", metavar="PLAN", help=f"{name} a plan")
        parser.add_argument(
            "--follow",
            nargs="?",
            const=_NEW,
            metavar="PLAN",
            help="show the progress until the plan has ended; without PLAN, of the new one",
        )

    def handle(self, **options: Any) -> None:
        try:
            self._handle(options)
        except (ReplayNotConfirmed, ReplayPlanOverlaps) as error:
            raise CommandError(_explain(error)) from error
        except EventError as error:
            raise CommandError(error.sentence) from error

    def _handle(self, options: dict[str, Any]) -> None:
        tenant = options["tenant"]
        change = next((name for name in _CHANGES if options[name]), None)
        if options["list"]:
            for plan in queries.list_replay_plans(tenant=tenant):
                self._tell(plan)
        elif change is not None:
            self._tell(_CHANGES[change](options[change], tenant=tenant, actor=get_actor()))
        elif options["show"]:
            self._tell(queries.get_replay_plan(options["show"], tenant=tenant))
        elif options["follow"] not in (None, _NEW):
            self._follow(queries.get_replay_plan(options["follow"], tenant=tenant))
        elif options["dry_run"]:
            self._preview(options)
        else:
            self._make(options)

    def _preview(self, options: dict[str, Any]) -> None:
        preview = queries.preview_replay(tenant=options["tenant"], event_filter=_filter(options))
        for event in preview.sample:
            self.stdout.write(
                f"{event.event_id}  {event.event_type}  {event.received_at:%F %T} UTC"
            )
        estimate = preview.estimate
        seconds = estimate.count / options["rate"]
        self.stdout.write(
            f"{_count(estimate)} would be replayed, which takes {seconds:.0f} s or more."
        )
        if services.needs_confirmation(estimate, options["confirm_count"]):
            self.stderr.write(f"That needs --confirm-count {estimate.count}.")

    def _make(self, options: dict[str, Any]) -> None:
        if not options["reason"]:
            raise CommandError("Say why, with --reason.", returncode=_MISUSE)
        plan = services.make_replay_plan(
            tenant=options["tenant"],
            event_filter=_filter(options),
            reason=options["reason"],
            actor=get_actor(),
            rate=options["rate"],
            confirm_count=options["confirm_count"],
        )
        self.stdout.write(f"plan {plan.plan_id}: {_count(plan.expected)}, {plan.rate} a second")
        if plan.expected == Estimate(count=0, is_exact=True):
            self.stderr.write("No event matches: nothing will be replayed.")
        if options["follow"]:
            self._follow(plan)
        else:
            self.stderr.write(f"Workers carry it out; --follow {plan.plan_id} shows how far.")

    def _follow(self, plan: ReplayPlan) -> None:
        try:
            plan = follow(plan)
        except KeyboardInterrupt:
            self.stderr.write(
                f"The plan goes on: --follow {plan.plan_id} shows it again, --pause holds it."
            )
            sys.exit(_INTERRUPTED)
        self.stdout.write(summarize(plan))
        if plan.state != "completed":
            raise CommandError(f"The plan was aborted by {plan.changed_by}.")

    def _tell(self, plan: ReplayPlan) -> None:
        self.stdout.write(f"{plan.plan_id}  {plan.created_at:%F %T} UTC  {plan.reason}")
        self.stdout.write(f"  {summarize(plan)}")


def _filter(options: dict[str, Any]) -> EventFilter:
    status = options["status"] and Status(options["status"])
    if status is None and not any(options[name] for name in (*TEXTS, *TIMES)):
        named = ", ".join(map(option, (*TEXTS, *TIMES, "status")))
        raise CommandError(f"Say which events are meant, with {named}.", returncode=_MISUSE)
    return read_filter(options, status=status)


def _explain(error: EventError) -> str:
    if isinstance(error, ReplayPlanOverlaps):
        plan_id = error.members["plan_id"]
        return f"Plan {plan_id} may mean some of the same events, and has not ended."
    estimate = Estimate(**error.members)
    return f"{_count(estimate)} match; replay them with --confirm-count {estimate.count}."


def _count(estimate: Estimate) -> str:
    return f"{'' if estimate.is_exact else 'at least '}{estimate.count:,} events"
