"""The platform on the tables and queues that Terraform made, with the rights that it gave."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pynamodb.models import Model

from events.store.models import EventItem, PlatformItem
from tests.faults.proxy import FaultProxy
from tests.faults.wire import HTTPMessage
from tests.infra.conftest import Client, client_of
from tests.infra.terraform import Terraform
from tests.processes import Emulator, eventually
from tests.stack import Stack

# Calls whose right has another name.
_RIGHTS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
_STATEMENTS = {"INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}
_MODULES = ("event_table", "task_queue")
# On which kinds of host each kind of process runs.
_HOSTS = {
    "api": ("api",),
    "worker": ("worker",),
    "exporter": ("monitoring",),
    "doctor": ("api", "worker"),
    # manage.py's commands, on the hosts that the manual names.
    "audit": ("api",),
    "erase": ("api",),
    "export": ("api",),
    "pause": ("api",),
    "resume": ("api",),
    "redrive": ("worker",),
    "replay": ("worker",),
}


class WatchedStack(Stack):
    """A stack whose kinds of process reach AWS by a proxy each, which notes their calls."""

    proxies: dict[str, FaultProxy]

    def __init__(self, endpoint: str, folder: Path, *, settings: dict[str, Any]) -> None:
        self.proxies = {kind: FaultProxy(endpoint).start() for kind in _HOSTS}
        super().__init__(endpoint, folder, workers=1, settings=settings)

    def has_asked(self, process: str, operation: str) -> bool:
        return any(call.operation == operation for call in list(self.proxies[process].requests))

    def _way_to_aws(self, name: str) -> dict[str, str]:
        proxy = self.proxies.get(name.partition("-")[0])
        return {"AWS_ENDPOINT_URL": proxy.url} if proxy else {}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("aws"), services="sqs,dynamodb,kms,sts,ec2")
    yield emulator
    emulator.stop()


@pytest.fixture(scope="module")
def applied(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    terraform = Terraform(
        tmp_path_factory.mktemp("staging"),
        endpoint=emulator.endpoint,
        variables=[
            "environment=staging",
            "region=us-east-1",
            "image_id=ami-12c6146b",
            "deletion_protection=false",
        ],
    )
    terraform.apply(*(f"-target=module.{name}" for name in _MODULES))
    return terraform


@pytest.fixture(scope="module")
def stack(
    applied: Terraform,  # noqa: ARG001  # tables and queues, before the platform starts
    emulator: Emulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WatchedStack]:
    stack = WatchedStack(
        emulator.endpoint,
        tmp_path_factory.mktemp("stack"),
        settings={
            "EVENTS_TABLE": "events-staging-events",
            "PLATFORM_TABLE": "events-staging-platform",
            "WORK_QUEUE": "events-staging-work",
            "DEAD_LETTER_QUEUE": "events-staging-dead-letter",
            "WORKER_EVENTS_QUEUE": "events-staging-worker-events",
        },
    )
    yield stack
    stack.close()
    for proxy in stack.proxies.values():
        proxy.stop()


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("model", [EventItem, PlatformItem])
def test_it_makes_the_tables_that_the_models_declare(
    model: type[Model], emulator: Emulator
) -> None:
    dynamodb = client_of(emulator.endpoint, "dynamodb")
    kind = "events" if model is EventItem else "platform"
    made = dynamodb.describe_table(TableName=f"events-staging-{kind}")["Table"]
    dynamodb.close()
    declared = model._get_schema()  # noqa: SLF001  # what create_table sends

    assert by_name(made["AttributeDefinitions"]) == by_name(declared["attribute_definitions"])
    assert keys(made["KeySchema"]) == keys(declared["key_schema"])
    assert {
        each["IndexName"]: (keys(each["KeySchema"]), each["Projection"]["ProjectionType"])
        for each in made.get("GlobalSecondaryIndexes", [])
    } == {
        each["index_name"]: (keys(each["key_schema"]), each["projection"]["ProjectionType"])
        for each in declared["global_secondary_indexes"]
    }


def test_it_runs_the_platform(stack: WatchedStack) -> None:
    bootstrap = stack.manage("bootstrap")
    copies = stack.messages("DEAD_LETTER_QUEUE")
    succeeded, dead = (
        stack.post("demo.echo", {"total": 3}, source="shop"),
        stack.post("demo.fail"),
    )
    events = stack.wait_until_terminal([succeeded, dead])

    assert "made" not in bootstrap
    assert "changed" not in bootstrap
    assert [event["status"] for event in events] == ["succeeded", "dead"]
    eventually(lambda: stack.messages("WORK_QUEUE") == 0, "the work queue is empty")
    eventually(lambda: stack.messages("DEAD_LETTER_QUEUE") > copies, "the copy is set aside")


@pytest.mark.usefixtures("environment")
def test_it_gives_hosts_the_rights_they_use(
    stack: WatchedStack, client: Client, tmp_path: Path
) -> None:
    dead, succeeded = stack.post("demo.fail"), stack.post("demo.echo")
    stack.wait_until_terminal([succeeded, stack.post("demo.flaky"), dead])
    stack.request("/events?event_type=demo.echo&limit=5")
    stack.request("/stats")
    stack.request("/health/ready")
    stack.request(f"/events/{dead}/replay", b'{"reason": "tests"}')
    stack.wait_until_terminal([dead])

    stack.diagnose()
    _run_commands(stack, erased=succeeded, folder=tmp_path)
    stack.start_exporter()
    eventually(lambda: stack.has_asked("exporter", "GetQueueAttributes"), "the exporter looks")

    for process, proxy in stack.proxies.items():
        used = {right for call in list(proxy.requests) for right in rights(call)}
        assert used
        for host in _HOSTS[process]:
            policy = client("iam").get_role_policy(
                RoleName=f"events-production-{host}", PolicyName="host"
            )["PolicyDocument"]
            assert used - set(allowed(policy["Statement"])) == set(), (process, host)


def _run_commands(stack: WatchedStack, *, erased: str, folder: Path) -> None:
    stack.manage("audit")
    stack.manage("export", "--output", str(folder / "events.ndjson"))
    paused = re.search(
        r"[0-9a-f-]{36}", stack.manage("pause", "--event-type", "demo.slow", "--reason", "tests")
    )
    assert paused
    stack.manage("resume", paused[0])
    stack.manage("redrive", "--all")
    stack.manage("replay", "--event-type", "demo.fail", "--reason", "tests")
    stack.manage("erase", erased, "--reason", "tests")


def by_name(entries: list[dict[str, str]]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in entries}


def keys(entries: list[dict[str, str]]) -> dict[str, str]:
    return {each["KeyType"]: each["AttributeName"] for each in entries}


def rights(call: HTTPMessage) -> Iterator[tuple[str, str]]:
    """Name the rights that a call takes, each with what it is for: a queue, table or index."""
    parameters, operation = call.parameters, call.operation
    if "QueueUrl" in parameters:
        queue = parameters["QueueUrl"].rpartition("/")[2]
        yield f"sqs:{_RIGHTS.get(operation, operation)}", queue.removeprefix("events-staging-")
    for statement in parameters.get("Statements", []):
        verb = _STATEMENTS[statement["Statement"].split()[0]]
        table = re.search(r'"(.+?)"', statement["Statement"])
        assert table
        yield f"dynamodb:{verb}", table[1].removeprefix("events-staging-")
    tables = [parameters.get("TableName"), *parameters.get("RequestItems", {})]
    for table in filter(None, tables):
        index = "/index" if "IndexName" in parameters else ""
        yield f"dynamodb:{operation}", table.removeprefix("events-staging-") + index


def allowed(statements: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                name = resource.rpartition("events-production-")[2].removesuffix("/*")
                yield action, name


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
