"""One whole environment on an emulated AWS, made once for the tests that look at it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.infra.terraform import TOOLS, Terraform, missing_tool
from tests.processes import Process, answers, eventually, free_port

_FOLDER = Path(__file__).parent
_LIMIT_SECONDS = 1200
Client = Callable[[str], Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = missing_tool()
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.timeout(_LIMIT_SECONDS))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = Process(
        "moto",
        [str(TOOLS / "python"), str(_FOLDER / "moto_server.py"), "-H127.0.0.1", f"-p{port}"],
        environment={**os.environ, "MOTO_ACM_VALIDATION_WAIT": "1"},
        folder=tmp_path_factory.mktemp("moto"),
    )
    try:
        eventually(lambda: answers(f"{endpoint}/moto-api/"), "moto answers")
        yield endpoint
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def client(moto: str) -> Iterator[Client]:
    made = []

    def make(service: str) -> Any:
        made.append(client_of(moto, service))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def environment(
    moto: str, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terraform]:
    """Apply production as a whole, and in the end tear it down as docs/aws.md says."""
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="tests")
    terraform = Terraform(
        tmp_path_factory.mktemp("production"),
        endpoint=moto,
        var_file="environments/production.tfvars",
        variables=[
            *production_variables(zone["HostedZone"]["Id"]),
            "domain_name=events.example.com",
            "monitoring_domain_name=grafana.example.com",
            "github_repository=example/events",
        ],
    )
    terraform.apply()
    yield terraform
    # Only what is protected: of all else moto has forgotten something that it would do again.
    protected = ("storage", "event_table", "database", "configuration", "load_balancer")
    targets = [f"-target=module.{name}" for name in protected]
    terraform.apply("-var=deletion_protection=false", *targets)
    terraform.destroy("-var=deletion_protection=false")
    assert terraform.resources() == []


def production_variables(zone_id: str) -> list[str]:
    """Return what production needs to be told, but for what only one environment may have."""
    return [
        "region=us-east-1",
        # The emulators know no image of Debian.
        "image_id=ami-12c6146b",
        f"zone_id={zone_id.rpartition('/')[2]}",
        f"admin_networks={json.dumps(['203.0.113.0/24'])}",
        "alarm_email=staff@example.com",
    ]


def client_of(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
