import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.capacity import aws
from config.capacity.costs import FILE, Costs, find_disagreements, learn, read_costs
from config.capacity.model import Demand, find_limits, plan
from tests.autoscaling.hcl import Block
from tests.autoscaling.policy import TERRAFORM, read_policy
from tests.autoscaling.simulation import World
from tests.bench import cost
from tests.bench.page import KEPT_RESULT
from tests.processes import ROOT

COSTS = Costs(
    api_cpu_ms=1.0, batch_cpu_ms=0.1, worker_cpu_ms=1.0, write_units=7.0, queue_requests=0.4
)
_TABLE = re.compile(r"<!-- capacity -->\n(.*)<!-- end of capacity -->", re.DOTALL)


@pytest.fixture
def bench() -> dict[str, Any]:
    """Make a result of the benchmark that agrees with the file."""
    costs = read_costs()
    return {
        "run": {"commit": "abc1234", "date": "2026-11-28"},
        "ingest": {
            "platform": {"cpu_ms": costs.api_cpu_ms},
            "platform, batches of 100": {"cpu_ms": costs.batch_cpu_ms},
        },
        "work": {"platform": {"cpu_ms": costs.worker_cpu_ms}},
        "saturation": {
            "as AWS answers": {
                "units_per_event": {"write, events table": costs.write_units},
                "calls_per_event_in_all": {"work": costs.queue_requests},
            }
        },
    }


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("capacity", *arguments, stdout=out)
    return out.getvalue()


def test_it_agrees_with_the_benchmark_that_is_kept() -> None:
    assert list(find_disagreements(json.loads(KEPT_RESULT.read_text()))) == []


def test_it_takes_no_other_file_for_agreement() -> None:
    assert len(list(find_disagreements({}))) == len(json.loads(FILE.read_text()))


def test_it_names_a_cost_that_is_not_as_measured(bench: dict[str, Any]) -> None:
    assert list(find_disagreements(bench)) == []
    bench["work"]["platform"]["cpu_ms"] *= 1.12
    bench["ingest"]["platform"]["cpu_ms"] *= 1.09

    (fault,) = find_disagreements(bench)
    known = read_costs().worker_cpu_ms
    assert fault.startswith(f"worker_cpu_ms is {known:g}, and {known * 1.12:g} was measured")


def test_it_learns_what_was_measured(bench: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    file.write_text(FILE.read_text())
    bench["work"]["platform"]["cpu_ms"] = 2.5
    del bench["saturation"]

    assert learn(bench, file) == ["api_cpu_ms", "batch_cpu_ms", "worker_cpu_ms"]
    assert read_costs(file).worker_cpu_ms == 2.5
    assert read_costs(file).write_units == read_costs().write_units
    assert "commit abc1234" in file.read_text()


def test_it_names_the_run_of_each_part(bench: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    file.write_text(FILE.read_text())
    bench["runs"] = {"work": {"commit": "def5678", "date": "2026-11-27"}}

    learn(bench, file)

    costs = json.loads(file.read_text())
    assert "commit def5678, 2026-11-27" in costs["worker_cpu_ms"]["source"]
    assert "commit abc1234" in costs["api_cpu_ms"]["source"]


def test_it_reckons_with_what_terraform_starts() -> None:
    hosts = Block.of_file(TERRAFORM / "variables_hosts.tf")
    policy = read_policy()

    def default(name: str) -> float:
        return hosts.block(f'variable "{name}"').number("default")

    assert (default("api_min"), default("api_max")) == (aws.API_LEAST, aws.API_MOST)
    assert default("api_cpu_percent") / 100 == aws.API_BUSY
    assert (policy.least, policy.most) == (aws.WORKER_LEAST, aws.WORKER_MOST)
    assert policy.events_per_second == aws.WORKER_EVENTS_PER_SECOND
    assert default("api_requests_per_minute") / 60 == aws.API_REQUESTS_PER_SECOND
    assert policy.pace == aws.WORKER_BUSY * policy.events_per_second


def test_it_reckons_with_the_handlers_that_a_worker_runs() -> None:
    world = World()

    assert aws.HANDLERS_PER_HOST == aws.VCPUS_PER_HOST * settings.WORKER_CONCURRENCY
    assert world.handlers == aws.HANDLERS_PER_HOST
    assert world.handlers / world.mean_handler_seconds == world.events_per_second


def test_it_reckons_with_the_benchmark_s_prices() -> None:
    assert aws.MILLION_WRITE_UNITS == cost.WRITE_UNITS
    assert aws.MILLION_QUEUE_REQUESTS == cost.SQS_REQUESTS


def test_it_comes_to_what_the_page_of_aws_says() -> None:
    page = (ROOT / "docs" / "aws.md").read_text()
    found = re.search(r"\*\*sum, with production at rest\*\* \| \| \*\*([\d,]+)\*\*", page)

    assert found is not None
    said = float(found[1].replace(",", ""))
    assert plan(Demand(rate=100), read_costs()).dollars == pytest.approx(said, rel=0.1)


def test_it_counts_hosts_by_what_an_event_costs() -> None:
    # A host has 2,000 / 1.4 = 1,429 of the benchmark's milliseconds in a second.
    planned = plan(Demand(rate=10_000), COSTS)

    assert planned.api_hosts == 12
    assert planned.worker_hosts == 10
    assert planned.write_units == 70_000
    # Two for each of 22 hosts, and for monitoring.
    assert planned.vcpus == 46
    assert plan(Demand(rate=10_000, batch=100), COSTS).api_hosts == 2
    assert plan(Demand(rate=10_000, handler_cpu_ms=1), COSTS).worker_hosts == 20


def test_it_gives_back_what_a_batch_was_measured_to_cost() -> None:
    # 857 milliseconds of a host, at 0.1 an event in batches of 100, and at 1.0 by itself.
    limits = {batch: find_limits(Demand(rate=1, batch=batch), COSTS) for batch in (1, 100)}
    hosts = {
        batch: next(each.rate for each in found if each.what == "10 API hosts")
        for batch, found in limits.items()
    }

    assert hosts[100] == pytest.approx(10 * hosts[1])


def test_it_counts_hosts_by_how_long_handlers_wait() -> None:
    # 64 handlers of half a second are 128 events a second and host, and seven tenths are meant.
    assert plan(Demand(rate=1_000, handler_seconds=0.5), COSTS).worker_hosts == 12


def test_it_names_messages_in_flight_where_handlers_take_long() -> None:
    binding = plan(Demand(rate=10_000, handler_seconds=30), COSTS).binding

    assert [each.rate for each in binding if each.what == "messages in flight"] == [4_000]


def test_it_names_what_binds_first_first() -> None:
    assert plan(Demand(rate=100), COSTS).binding == []
    rates = [limit.rate for limit in plan(Demand(rate=100_000), COSTS).binding]

    assert len(rates) == 8
    assert rates == sorted(rates)


def test_its_table_is_the_page_s() -> None:
    found = _TABLE.search((ROOT / "docs" / "capacity.md").read_text())

    assert found is not None
    assert found[1].strip() == run().strip(), "manage.py capacity writes it"


def test_it_answers_programs() -> None:
    (planned,) = json.loads(run("--rate", "250", "--json"))

    assert planned["demand"]["rate"] == 250
    assert planned["write_units"] == 1_750


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--rate", "0"), "above 0"),
        (("--rate", "nan"), "above 0"),
        (("--rate", "many"), "invalid"),
        (("--batch", "1001"), "from 1 to 1000"),
        (("--handler-seconds", "-1"), "0 or more"),
        (("--compare", "/nowhere"), "cannot be read"),
    ],
)
def test_it_says_what_is_wrong(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(*arguments)
