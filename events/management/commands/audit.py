"""manage.py audit: walk the whole store, and name what is lost, late or contradicts itself.

Exits with 0 if all is well, 1 if something was found, 2 if the call is wrong or the store is away.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from events import queries
from events.audit import AuditReport, Finding
from events.errors import EventError
from events.queries import OVERDUE_AFTER

_FOUND = 1
_MISUSE = 2
_RATE_DEFAULT = 5_000
_RATE_MAXIMUM = 1_000_000
_INDENT = "  "


class Command(BaseCommand):
    help = (
        "Walk the whole store: hold every event to what must be true of it, and what was counted "
        "as accepted to what is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ids",
            metavar="FILE",
            help="ids of accepted events, one a line; - reads them from the standard input",
        )
        parser.add_argument(
            "--rate", type=_rate, default=_RATE_DEFAULT, help="items a second (default: 5000)"
        )
        parser.add_argument(
            "--overdue-after",
            type=_seconds,
            default=OVERDUE_AFTER,
            metavar="SECONDS",
            help=f"how late is overdue (default: {OVERDUE_AFTER.total_seconds():g})",
        )
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="2026-01-02",
            help="hold only what was accepted since then to the counters; for after a change of "
            "the retention",
        )
        parser.add_argument("--json", action="store_true", help="one JSON document, for scripts")

    def handle(self, **options: Any) -> None:
        accepted_ids = _read_ids(options["ids"])
        try:
            audit = queries.Audit(
                accepted_ids=accepted_ids,
                since=options["since"],
                overdue_after=options["overdue_after"],
            )
            _follow(audit.walk(items_per_second=options["rate"]))
            report = audit.report()
        except EventError as error:
            raise CommandError(f"The audit was cut short: {error}", returncode=_MISUSE) from error
        if options["json"]:
            self.stdout.write(json.dumps(_to_json(report), indent=2))
        else:
            self._tell(report)
        if not report.is_clean:
            count = sum(each.count for each in report.findings)
            found = "fault was" if count == 1 else "faults were"
            raise CommandError(f"{count:,} {found} found.", returncode=_FOUND)

    def _tell(self, report: AuditReport) -> None:
        for finding in report.findings:
            self.stdout.write(_show(finding))
        accepted, stored, expired, lost, uncounted = (
            sum(getattr(each, name) for each in report.accounts)
            for name in ("accepted", "stored", "expired", "lost", "uncounted")
        )
        self.stdout.write(
            f"{report.events:,} events are stored, and {report.payloads:,} large payloads:"
        )
        for status, count in report.by_status.items():
            self.stdout.write(f"{_INDENT}{count:,} {status}")
        self.stdout.write(f"{_INDENT}{report.awaiting_deletion:,} of them have expired")
        self.stdout.write(
            f"{accepted:,} were counted as accepted, and {uncounted:,} more were not, or not yet:"
        )
        self.stdout.write(f"{_INDENT}{stored:,} stored, {expired:,} expired, {lost:,} lost")
        if not report.is_counted:
            self.stderr.write("There are too many counters to say what is lost.")


def _follow(walked: Iterator[int]) -> None:
    """Walk to the end, and show at a terminal how far that is."""
    console = Console(stderr=True)
    columns = (TextColumn("items"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=queries.estimate_items())
        for items in walked:
            progress.update(bar, completed=items)


def _read_ids(name: str | None) -> list[str]:
    if name is None:
        return []
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}", returncode=_MISUSE) from error
    ids = [line.strip() for line in text.splitlines() if line.strip()]
    if not ids:
        # A script whose list came out empty must not take it for a clean audit.
        raise CommandError(f"There are no ids in {name}.", returncode=_MISUSE)
    return ids


def _show(finding: Finding) -> str:
    whose = " ".join(filter(None, (finding.tenant, finding.event_type)))
    parts = (finding.fault, finding.event_id or "-", whose or "-", finding.detail)
    return "  ".join(parts)


def _to_json(report: AuditReport) -> dict[str, Any]:
    return {
        "as_of": report.as_of.isoformat(),
        "is_clean": report.is_clean,
        "is_counted": report.is_counted,
        "items": report.items,
        "events": report.events,
        "payloads": report.payloads,
        "by_status": dict(report.by_status),
        "awaiting_deletion": report.awaiting_deletion,
        "accounts": [asdict(each) for each in report.accounts],
        "days": [{**asdict(each), "day": each.day.isoformat()} for each in report.days],
        "findings": [asdict(each) for each in report.findings],
    }


def _rate(text: str) -> int:
    rate = int(text)
    if not 1 <= rate <= _RATE_MAXIMUM:
        raise argparse.ArgumentTypeError(f"it must be from 1 to {_RATE_MAXIMUM}")
    return rate


def _seconds(text: str) -> timedelta:
    seconds = float(text)
    if not 0 <= seconds <= timedelta.max.total_seconds() / 2:
        raise argparse.ArgumentTypeError("it must be 0 or more")
    return timedelta(seconds=seconds)
