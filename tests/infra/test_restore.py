"""The tables of a moment, restored beside production and taken into an environment of their own."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.infra.conftest import Client, production_variables
from tests.infra.terraform import Terraform
from tests.processes import ROOT

KINDS = ("events", "platform")
_MANUAL = (ROOT / "docs" / "operations.md").read_text()


@pytest.fixture
def tables(environment: Terraform, client: Client) -> Iterator[list[str]]:  # noqa: ARG001
    """Restore production's tables under the names of another environment."""
    dynamodb = client("dynamodb")
    names = [f"restored-production-{kind}" for kind in KINDS]
    for kind, name in zip(KINDS, names, strict=True):
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=f"events-production-{kind}",
            TargetTableName=name,
            RestoreDateTime=datetime.now(UTC),
        )
    yield names
    for name in names:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=name)


@pytest.fixture
def restored(moto: str, client: Client, tmp_path: Path) -> Terraform:
    (zone,) = client("route53").list_hosted_zones()["HostedZones"]
    terraform = Terraform(
        tmp_path,
        endpoint=moto,
        var_file="environments/production.tfvars",
        variables=[
            *production_variables(zone["Id"]),
            "project=restored",
            "nat=one",
            "domain_name=restored.example.com",
        ],
    )
    terraform.add("restored.tf", _import_blocks())
    return terraform


def test_it_takes_restored_tables_in_and_makes_the_rest(
    restored: Terraform, tables: list[str]
) -> None:
    changes = restored.plan()
    taken_in = [each["change"] for each in changes if "importing" in each["change"]]

    assert sorted(each["after"]["name"] for each in taken_in) == tables
    assert all(each["change"]["actions"] in (["create"], ["update"]) for each in changes)


def test_it_makes_restored_tables_safe(
    restored: Terraform, tables: list[str], client: Client
) -> None:
    restored.apply("-target=module.event_table")

    dynamodb = client("dynamodb")
    for name in tables:
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert expiry["TimeToLiveStatus"] == "ENABLED"
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]


def _import_blocks() -> str:
    """Return what the manual's own command writes."""
    found = re.search(r"printf 'import .*?(?= > restored\.tf)", _MANUAL, re.DOTALL)
    assert found
    return subprocess.run(["sh", "-c", found[0]], capture_output=True, text=True, check=True).stdout
