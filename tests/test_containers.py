"""What the containers are told is what the platform, Prometheus and Grafana know."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.processes import ROOT

_COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
_DOCKERFILE = (ROOT / "Dockerfile").read_text()
_OURS = {
    name: each
    for name, each in _COMPOSE["services"].items()
    if each["image"].startswith("event-platform")
}
# What botocore reads, and no settings.
_OF_AWS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def test_each_image_is_built_once_and_never_looked_for_elsewhere() -> None:
    built = [each["image"] for each in _OURS.values() if "build" in each]

    assert sorted(built) == sorted({each["image"] for each in _OURS.values()})
    assert {each["pull_policy"] for each in _OURS.values() if "build" not in each} == {"never"}


def test_each_setting_is_one_that_there_is() -> None:
    text = (ROOT / "platform/config/settings.py").read_text()
    known = set(re.findall(r'env\.\w+\(\s*"(\w+)"', text)) | _OF_AWS

    for name in _OURS.keys() - {"aws"}:
        assert _OURS[name]["environment"].keys() <= known, name


@pytest.mark.parametrize("name", sorted(_OURS))
def test_each_command_is_one_that_there_is(name: str) -> None:
    from_image = json.loads(re.findall(r"^CMD (.+)$", _DOCKERFILE, re.MULTILINE)[-1])
    command = " ".join(_OURS[name].get("command", from_image))

    modules = re.findall(r"python -m (\S+)", command)
    commands = re.findall(r"manage\.py (\S+)", command)
    assert modules or commands
    assert all(importlib.util.find_spec(module) for module in modules)
    assert set(commands) <= get_commands().keys()


@pytest.mark.parametrize("name", ["api", "worker", "exporter", "setup"])
def test_each_process_may_start(name: str) -> None:
    done = _python(name, "manage.py", "check")

    assert done.returncode == 0, done.stderr


def test_each_port_is_the_one_that_is_served() -> None:
    names = ("PORT", "EXPORTER_PORT", "WORKER_METRICS_PORT")
    code = f"from config import settings as s; print(*(getattr(s, each) for each in {names}))"
    api, exporter, worker = _python("api", "-c", code).stdout.split()

    assert f"\nEXPOSE {api} {exporter} {worker}\n" in _DOCKERFILE
    assert f"http://127.0.0.1:{api}/health/live" in _DOCKERFILE
    assert _COMPOSE["services"]["api"]["ports"][0].endswith(f":{api}")
    for name, port in (("exporter", exporter), ("worker", worker)):
        assert f"http://127.0.0.1:{port}/metrics" in _OURS[name]["healthcheck"]["test"][-1]
    assert _scraped() == {f"api:{api}", f"exporter:{exporter}", f"worker:{worker}"}


def test_each_port_is_of_this_machine_alone() -> None:
    ports = [port for each in _COMPOSE["services"].values() for port in each.get("ports", [])]

    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_each_file_is_there() -> None:
    volumes = [each for one in _COMPOSE["services"].values() for each in one.get("volumes", [])]

    files = [volume.partition(":")[0] for volume in volumes if volume.startswith("./")]
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_a_stop_takes_no_longer_than_it_may() -> None:
    code = "from config import settings; print(settings.STOP_SECONDS)"
    seconds = int(_python("worker", "-c", code).stdout)

    assert int(_OURS["worker"]["stop_grace_period"].removesuffix("s")) > seconds


def _python(service: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python as the service does, with Compose's own defaults for its variables."""
    told = {name: _expand(value) for name, value in _OURS[service]["environment"].items()}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    return subprocess.run(
        [sys.executable, *command],
        env=inherited | paths | told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _expand(value: str) -> str:
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)


def _scraped() -> set[str]:
    jobs: list[dict[str, Any]] = yaml.safe_load(
        (ROOT / "monitoring/prometheus/compose.yml").read_text()
    )["scrape_configs"]
    fixed = {
        target
        for job in jobs
        for group in job.get("static_configs", [])
        for target in group["targets"]
    }
    return fixed | {
        f"{name}:{group['port']}"
        for job in jobs
        for group in job.get("dns_sd_configs", [])
        for name in group["names"]
    }
