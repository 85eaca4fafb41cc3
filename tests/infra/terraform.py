"""Terraform on a copy of ``terraform/``, against an emulator, with the provider that is at hand."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.processes import ROOT

TOOLS = ROOT / ".venv-infra" / "bin"
# Where machines that cannot reach the registry keep a mirror of it.
_MIRROR_HOMES = ("/opt", "/usr/share", "/usr/local/share", "/var/lib", str(Path.home()))
_NO_TERRAFORM = "terraform is not on the PATH"
_OVERRIDE = """
terraform {
  backend "local" {}
}

provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""


class Terraform:
    """One copy of the configuration with a state of its own."""

    def __init__(
        self, folder: Path, *, endpoint: str = "", var_file: str = "", variables: Iterable[str] = ()
    ) -> None:
        self._folder = folder / "terraform"
        files = [f"-var-file={var_file}"] if var_file else []
        self._variables = files + [f"-var={each}" for each in variables]
        shutil.copytree(
            ROOT / "terraform", self._folder, ignore=shutil.ignore_patterns(".terraform*")
        )
        self._environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("AWS_")},
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_IN_AUTOMATION": "1",
            **_provider_source(folder),
        }
        if endpoint:
            (self._folder / "emulator_override.tf").write_text(_OVERRIDE)
            self._environment["AWS_ENDPOINT_URL"] = endpoint
        self.run("init", "-input=false", *([] if endpoint else ["-backend=false"]))

    def apply(self, *options: str) -> None:
        self.run("apply", "-auto-approve", *self._planning, *options)

    def add(self, name: str, text: str) -> None:
        """Put one more file beside the configuration."""
        (self._folder / name).write_text(text)

    def plan(self) -> list[dict[str, Any]]:
        """Return what another apply would change."""
        self.run("plan", "-out=again.plan", *self._planning)
        shown = json.loads(self.run("show", "-json", "again.plan"))
        idle = (["no-op"], ["read"])
        changes: list[dict[str, Any]] = shown["resource_changes"]
        return [each for each in changes if each["change"]["actions"] not in idle]

    def destroy(self, *options: str) -> None:
        self.run("destroy", "-auto-approve", *self._planning, *options)

    def outputs(self) -> dict[str, Any]:
        found = json.loads(self.run("output", "-json"))
        return {name: each["value"] for name, each in found.items()}

    def resources(self) -> list[str]:
        return self.run("state", "list").split()

    def state(self) -> list[dict[str, Any]]:
        """Return what Terraform knows of every resource, in whichever module."""
        shown = json.loads(self.run("show", "-json"))
        modules = [shown["values"]["root_module"]]
        for module in modules:
            modules += module.get("child_modules", [])
        return [each for module in modules for each in module.get("resources", [])]

    def state_of(self, kind: str) -> list[dict[str, Any]]:
        return [each["values"] for each in self.state() if each["type"] == kind]

    def run(self, *arguments: str) -> str:
        command = ["terraform", arguments[0], *_plain(arguments[0]), *arguments[1:]]
        finished = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout[-8_000:] + finished.stderr[-8_000:]
        return finished.stdout

    @property
    def _planning(self) -> list[str]:
        return ["-input=false", "-parallelism=30", *self._variables]


def obstacle() -> str | None:
    """Say what this machine lacks to try Terraform, if anything."""
    if not shutil.which("terraform"):
        return _NO_TERRAFORM
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "terraform" / "versions.tf", folder)
        finished = subprocess.run(
            ["terraform", "init", "-backend=false", "-no-color", "-input=false"],
            cwd=folder,
            env={**os.environ, **_provider_source(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
    return f"its provider cannot be had: {finished.stderr}" if finished.returncode else None


def missing_tool() -> str | None:
    """Say what keeps these tests from running here, if anything does."""
    if not shutil.which("terraform"):
        return _NO_TERRAFORM
    if not (TOOLS / "moto_server").exists():
        return ".venv-infra is not there: make infra-test makes it"
    return None


def _plain(command: str) -> list[str]:
    return [] if command in ("state", "output", "fmt") else ["-no-color"]


def _provider_source(folder: Path) -> dict[str, str]:
    """Return what makes Terraform take its provider from a mirror, where there is one."""
    for home in _MIRROR_HOMES:
        for mirror in [Path(home), *Path(home).glob("*"), *Path(home).glob("*/plugins")]:
            if (mirror / "registry.terraform.io").is_dir():
                configuration = folder / "terraformrc"
                configuration.write_text(
                    f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n'
                    f"  }}\n}}\ndisable_checkpoint = true\n"
                )
                return {"TF_CLI_CONFIG_FILE": str(configuration)}
    return {}
