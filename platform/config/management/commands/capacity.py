"""Say what a rate of events takes of AWS: hosts, units, shards, partitions, dollars."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.capacity import aws
from config.capacity.costs import find_disagreements, learn, read_costs
from config.capacity.model import Capacity, Demand, plan

_RATES = (100.0, 1_000.0, 10_000.0, 100_000.0)
_COLUMNS = (
    *("events a second", "API hosts", "worker hosts", "queue requests/s", "write units/s"),
    *("shards", "partitions", "vCPUs needed", "$ a month", "$ a million events"),
)
_MOST_VCPUS = (aws.API_MOST + aws.WORKER_MOST) * aws.VCPUS_PER_HOST + aws.MONITORING_VCPUS
_NOTHING_BINDS = (
    "* nothing binds, as it is delivered, but the account's quota of vCPUs: "
    f"with {_MOST_VCPUS} Terraform may start all it is allowed to."
)


class Command(BaseCommand):
    help = "Say what rates of events take of AWS, by what an event was measured to cost."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add = parser.add_argument
        add("--rate", type=_positive, nargs="+", default=_RATES, help="events a second")
        add("--batch", type=_batch, default=1, help="events in one request")
        add("--handler-cpu-ms", type=_not_negative, default=0.0, help="CPU of your handler")
        add("--handler-seconds", type=_not_negative, default=0.0, help="what it waits for")
        add("--json", action="store_true", help="for programs")
        add("--compare", metavar="FILE", help="name costs that differ from a run of make bench")
        add("--learn", metavar="FILE", help="take the costs of a run of make bench over")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["learn"]:
            names = learn(_read(options["learn"]))
            self.stdout.write(f"Learned: {', '.join(names) or 'nothing'}")
        if options["compare"]:
            self._compare(_read(options["compare"]))
            return
        settable = ("batch", "handler_cpu_ms", "handler_seconds")
        own = {name: options[name] for name in settable}
        costs = read_costs()
        plans = [plan(Demand(rate=rate, **own), costs) for rate in options["rate"]]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in plans], indent=2))
        else:
            self.stdout.write(show(plans))

    def _compare(self, bench: dict[str, Any]) -> None:
        faults = list(find_disagreements(bench))
        if faults:
            raise CommandError("; ".join(faults) + ". --learn takes what was measured.")
        self.stdout.write("Every cost is within a tenth of what was measured.")


def show(plans: list[Capacity]) -> str:
    """Write the table and the limits as Markdown."""
    header = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    lines = [*header, *(_row(each) for each in plans), ""]
    for each in plans:
        lines.append(f"At {each.demand.rate:,.0f} events a second:")
        lines += [""] + [
            f"* {limit.what} end at {limit.rate:,.0f}: {limit.beyond}." for limit in each.binding
        ]
        lines += ([] if each.binding else [_NOTHING_BINDS]) + [""]
    return "\n".join(lines).rstrip()


def _row(each: Capacity) -> str:
    a_million = each.dollars / (each.demand.rate * 730 * 3_600 / 1e6)
    return (
        f"| {each.demand.rate:,.0f} | {each.api_hosts:,} | {each.worker_hosts:,} "
        f"| {each.queue_requests:,.0f} | {each.write_units:,.0f} | {each.shards:,} "
        f"| {each.partitions:,} | {each.vcpus:,} | {each.dollars:,.0f} | {a_million:.2f} |"
    )


def _read(name: str) -> dict[str, Any]:
    try:
        bench = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} cannot be read: {error}", returncode=2) from error
    if not isinstance(bench, dict):
        raise CommandError(f"{name} is no result of make bench.", returncode=2)
    return bench


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1e7:  # noqa: PLR2004  # more than any installation
        raise argparse.ArgumentTypeError("it must be above 0, up to 10,000,000")
    return number


def _not_negative(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1e6:  # noqa: PLR2004  # and no NaN
        raise argparse.ArgumentTypeError("it must be 0 or more")
    return number


def _batch(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000:  # noqa: PLR2004  # as the API takes them
        raise argparse.ArgumentTypeError("it must be from 1 to 1000")
    return number
