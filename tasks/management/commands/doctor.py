"""manage.py doctor: settings beside the live AWS side, and how to mend what differs."""

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from events import services
from events.finding import Finding
from tasks.examination import examine_queues


class Command(BaseCommand):
    help = "Compare settings with the live tables and queues; the exit code is 1 if any differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, **options: Any) -> None:
        findings = [*services.examine_store(), *examine_queues()]
        faults = [each for each in findings if not each.is_good]
        if options["json"]:
            document = {
                "is_healthy": not faults,
                "findings": [dataclasses.asdict(each) for each in findings],
            }
            self.stdout.write(json.dumps(document))
        else:
            for each in findings:
                self.stdout.write(_line(each))
        if faults:
            sys.exit(1)


def _line(finding: Finding) -> str:
    if finding.is_good:
        return f"ok     {finding.what}"
    fault = finding.fault.rstrip(".")
    return f"FAULT  {finding.what}: {fault}. {finding.mend}."
