"""What Terraform leaves for hosts, in the emulated AWS: settings, secrets, a bucket."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

from tests.hosts.instance import ADDRESS, REGION
from tests.hosts.machines import Machine
from tests.hosts.postgres import Postgres
from tests.processes import ROOT, Emulator

NAME = "events-hosts"
SERVICES = "sqs,dynamodb,ssm,s3,secretsmanager,logs"
_BUCKET = f"{NAME}-releases"
_SECRET_KEY = f"{NAME}/django-secret-key"
_SETTINGS = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "events.example.com",
    "HTTPS_ONLY": "false",
    "AWS_REGION": REGION,
    "DEMO_HANDLERS": "true",
    "LONG_POLL_SECONDS": "2",
    "RECOVERY_INTERVAL_SECONDS": "2",
    "VISIBILITY_SECONDS": "6",
    "DISPATCH_DUE_SECONDS": "6",
    "STOP_SECONDS": "20",
    # Those that configure themselves; the others have threads.
    "WORKER_POOL": "prefork",
}
# Debian's command line does not know AWS_ENDPOINT_URL. Hooks are for the instance to hear.
_COMMAND_LINE = """#!/bin/sh
case $1 in autoscaling) endpoint=http://{instance} ;; *) endpoint={endpoint} ;; esac
exec /usr/bin/aws --endpoint-url "$endpoint" "$@"
"""


class Account:
    """Holds settings, secrets and releases; ``gateway`` is this machine as every host sees it."""

    def __init__(self, aws: Emulator, postgres: Postgres, *, gateway: str) -> None:
        self._endpoint = f"http://{gateway}:{aws.endpoint.rpartition(':')[2]}"
        # For programs on this machine that speak to AWS.
        self.environment = os.environ | {
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        self._make_tables_and_queues()
        self._client("s3").create_bucket(Bucket=_BUCKET)
        for kind in ("api", "monitoring", "worker"):
            self._client("logs").create_log_group(logGroupName=f"/{NAME}/{kind}")
        queues = {"QUEUE_URL_PREFIX": f"{self._endpoint}/000000000000"}
        settings = _SETTINGS | queues | {"AWS_ENDPOINT_URL": self._endpoint}
        self._put_parameters({"release": "none"})
        self._put_parameters(settings, folder="environment/")
        sources = {
            "SECRET_KEY_ARN": self._put_secret(_SECRET_KEY, "0123456789" * 6),
            "DATABASE_SECRET_ARN": self._put_secret("database", json.dumps(postgres.secret)),
            "DATABASE_ADDRESS": f"{gateway}:{postgres.port}",
        }
        self._put_parameters(sources, folder="sources/")

    def take_in(self, machine: Machine) -> None:
        """Let what no setting reaches on the host find the emulator."""
        text = _COMMAND_LINE.format(instance=ADDRESS, endpoint=self._endpoint)
        machine.write("usr/local/bin/aws", text, mode=0o755)
        endpoint = f"[Service]\nEnvironment=AWS_ENDPOINT_URL={self._endpoint}\n"
        machine.write("etc/systemd/system/platform-logs.service.d/endpoint.conf", endpoint)

    def logs_of(self, machine: Machine, *, kind: str) -> list[str]:
        """Return the lines that a host has shipped."""
        pages = (
            self._client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/{NAME}/{kind}", logStreamNames=[machine.name])
        )
        return [event["message"] for page in pages for event in page["events"]]

    def promote(self, archive: Path) -> None:
        """Upload a release and make it what hosts run from their next start on."""
        self._release("upload", str(archive), _BUCKET)
        self._release("promote", archive.name.removesuffix(".tar.gz"), NAME)

    def spoil(self, archive: Path) -> None:
        """Let what is in the bucket differ from its sum."""
        self._client("s3").put_object(Bucket=_BUCKET, Key=archive.name, Body=b"something else")

    def secret_key(self) -> str:
        held: dict[str, str] = self._client("secretsmanager").get_secret_value(SecretId=_SECRET_KEY)
        return held["SecretString"]

    def _make_tables_and_queues(self) -> None:
        environment = {
            **self.environment,
            **_SETTINGS,
            "ENVIRONMENT": "local",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        }
        command = [sys.executable, str(ROOT / "manage.py"), "bootstrap"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _put_parameters(self, values: dict[str, str], *, folder: str = "") -> None:
        for name, value in values.items():
            path = f"/{NAME}/{folder}{name}"
            self._client("ssm").put_parameter(Name=path, Value=value, Type="String")

    def _put_secret(self, name: str, text: str) -> str:
        made = self._client("secretsmanager").create_secret(Name=name, SecretString=text)
        arn: str = made["ARN"]
        return arn

    def _release(self, *command: str) -> None:
        script = str(ROOT / "ansible/release.sh")
        done = subprocess.run(
            [script, *command], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


def user_data(kind: str, *, name: str = NAME, bucket: str = _BUCKET) -> str:
    """Return what Terraform gives a host to run at its first start: modules/host/main.tf."""
    told = {"HOST_KIND": kind, "PLATFORM_NAME": name, "RELEASE_BUCKET": bucket}
    exports = [f"export {key}='{value}'" for key, value in told.items()]
    script = (ROOT / "terraform/modules/host/configure.sh").read_text()
    return "\n".join(["#!/usr/bin/env bash", *exports, script])
