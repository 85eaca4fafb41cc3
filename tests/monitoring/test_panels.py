"""The whole platform, a real Prometheus and a workload with failures: each query has an answer."""

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from config.local.monitoring import node_exporter_command
from tests.conftest import StartStack
from tests.monitoring.files import RULES, metrics_in, panels, rules
from tests.processes import Process, eventually, free_port
from tests.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

# Series that exist only once somebody needs them: what such a rule reads is made below, or never.
_RARE = {"AWSThrottles"}


class Prometheus:
    """A Prometheus that looks each second at a stack's processes, and at this host."""

    def __init__(
        self, program: str, folder: Path, *, stack: Stack, targets: dict[str, int]
    ) -> None:
        self.stack = stack
        jobs = [
            {
                "job_name": job,
                "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
            }
            for job, port in targets.items()
        ]
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(file) for file in RULES],
            "scrape_configs": jobs,
        }
        file = folder / "prometheus.yml"
        file.write_text(json.dumps(configuration))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self.process = Process("prometheus", command, environment={}, folder=folder)

    def ask(self, expression: str) -> list[Any]:
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?{query}", timeout=10) as answer:  # noqa: S310
                return list(json.load(answer)["data"]["result"])
        except urllib.error.HTTPError as error:
            with error:
                if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
                    # It still reads what it has stored.
                    return []
                pytest.fail(f"{expression}: {error.read().decode()}")
        except OSError:
            # Not there yet.
            return []

    def rules(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/api/v1/rules", timeout=10) as answer:  # noqa: S310
            groups = json.load(answer)["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@pytest.fixture
def node_exporter_port(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("prometheus-node-exporter")
    if program is None:
        pytest.skip("Debian's prometheus-node-exporter is not installed")
    port = free_port()
    command = node_exporter_command(program, port)
    process = Process("node-exporter", command, environment={}, folder=tmp_path)
    yield port
    process.terminate()
    process.wait()


@pytest.fixture
def prometheus(
    start_stack: StartStack, tmp_path: Path, node_exporter_port: int
) -> Iterator[Prometheus]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (on Debian: apt-get install prometheus)")
    exporter_port, worker_port = free_port(), free_port()
    stack = start_stack(
        workers=1,
        EXPORTER_PORT=exporter_port,
        WORKER_METRICS_PORT=worker_port,
        HEARTBEAT_SECONDS=1,
    )
    stack.start_exporter()
    api_port = int(stack.url.rpartition(":")[2])
    targets = {
        "api": api_port,
        "exporter": exporter_port,
        "worker": worker_port,
        "node": node_exporter_port,
    }
    started = Prometheus(program, tmp_path, stack=stack, targets=targets)
    yield started
    started.process.terminate()
    started.process.wait()


def work(stack: Stack) -> None:
    """Make events that succeed, fail, die and are replayed, and requests that are refused."""
    ids = [stack.post(f"demo.{name}") for name in ("echo", "echo", "flaky", "fail")]
    stack.wait_until_terminal(ids)
    replay = stack.request(f"/events/{ids[0]}/replay", b'{"reason": "once more"}')
    assert replay.status == 202
    stack.request("/events", b"{")
    batch = {"events": [{"event_type": "demo.echo", "payload": {}}, {"event_type": ""}]}
    stack.request("/events/batch", json.dumps(batch).encode())


def test_every_query_and_every_rule_has_an_answer(prometheus: Prometheus) -> None:
    work(prometheus.stack)
    eventually(lambda: prometheus.ask("sum(events_dead_total) > 0"), "it sees the first death")
    eventually(lambda: prometheus.ask("sum(celery_task_failed_total) > 0"), "Celery's, too")
    # A rate needs two scrapes, and the second of them something new.
    work(prometheus.stack)

    def empty_queries() -> list[Any]:
        return [each for each in panels() if not prometheus.ask(each.expression)]

    def empty_records() -> list[str]:
        names = [rule["record"] for rule in rules() if "record" in rule]
        return [name for name in names if not prometheus.ask(name)]

    try:
        eventually(lambda: not empty_queries(), "every panel has data")
        eventually(lambda: not empty_records(), "every recording rule has data")
    except AssertionError as error:
        pytest.fail(f"{error}: {empty_queries()} {empty_records()}")
    known = {
        metric
        for rule in rules()
        if rule.get("alert") not in _RARE
        for metric in metrics_in(rule["expr"])
    }
    for metric in known:
        # A scrape that took too long hides its metrics until the next.
        eventually(partial(prometheus.ask, metric), f"there is a metric {metric}")
    assert {rule["health"] for rule in prometheus.rules()} == {"ok"}
