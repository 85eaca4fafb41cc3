"""Inventories: that of AWS, by the tags that Terraform gives hosts, and what a play refuses."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.hosts.instance import REGION
from tests.processes import ROOT, Emulator

_HOSTS = (("api", "staging"), ("worker", "staging"), ("worker", "production"))


def test_it_groups_hosts_by_what_terraform_says_of_them(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, services="ec2,sts")
    try:
        made = [start_host(emulator, role, environment) for role, environment in _HOSTS]
        start_host(emulator, "worker", "staging", ManagedBy="hand")
        inventory = read_inventory(emulator)
    finally:
        emulator.stop()

    api, worker, other = made
    assert inventory["api"]["hosts"] == [api]
    assert set(inventory["worker"]["hosts"]) == {worker, other}
    assert set(inventory["events_staging"]["hosts"]) == {api, worker}
    told = inventory["_meta"]["hostvars"][other]
    names = ("instance_id", "platform_name", "aws_region", "ansible_aws_ssm_region")
    # So it marks what comes from outside and is no template.
    texts = [told[name]["__ansible_unsafe"] for name in names]
    assert texts == [other, "events-production", REGION, REGION]


@pytest.mark.parametrize(
    "playbook",
    [
        *("site", "deploy", "rotate_keys", "restart", "drain", "undrain", "doctor"),
        *("redrive", "replay"),
    ],
)
def test_it_refuses_hosts_of_two_environments(tmp_path: Path, playbook: str) -> None:
    output = play(tmp_path, playbook, "one", "other", app_release="v1")

    assert "These hosts are of one and other: say --limit" in output


def test_it_refuses_them_whatever_name_is_given_to_all(tmp_path: Path) -> None:
    output = play(tmp_path, "rotate_keys", "staging", "production", platform_name="events-staging")

    assert "These hosts are of staging and production: say --limit" in " ".join(output.split())


@pytest.mark.parametrize("playbook", ["site", "deploy"])
def test_it_asks_for_a_release(tmp_path: Path, playbook: str) -> None:
    assert "Say which: -e app_release=RELEASE." in play(tmp_path, playbook, "one", "one")


def play(folder: Path, playbook: str, *environments: str, **variables: str) -> str:
    """Play on hosts that are this machine by name; return what it said, and that it failed."""
    hosts = {
        f"host-{number}": {
            "platform_name": name,
            "tags": {"Environment": name},
            "ansible_connection": "local",
        }
        for number, name in enumerate(environments)
    }
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"api": {"hosts": hosts}, "worker": {"hosts": hosts}}))
    done = subprocess.run(
        [
            *(ROOT / ".venv-hosts/bin/ansible-playbook", "-i", inventory, f"{playbook}.yml"),
            *("-e", json.dumps(variables)),
        ],
        cwd=ROOT / "ansible",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stdout


def start_host(emulator: Emulator, role: str, environment: str, **tags: str) -> str:
    told = {"Project": "events", "Environment": environment, "ManagedBy": "terraform"}
    texts = {**told, "Role": role, **tags}
    ec2 = boto3.client(
        "ec2",
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    started = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": key, "Value": text} for key, text in texts.items()],
            }
        ],
    )
    name: str = started["Instances"][0]["InstanceId"]
    return name


def read_inventory(emulator: Emulator) -> dict[str, Any]:
    environment = os.environ | {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    done = subprocess.run(
        [ROOT / ".venv-hosts/bin/ansible-inventory", "-i", "inventories/aws_ec2.yml", "--list"],
        cwd=ROOT / "ansible",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    inventory: dict[str, Any] = json.loads(done.stdout)
    return inventory
