"""Debian hosts with an emulated AWS and a PostgreSQL outside of them, and releases for them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.hosts.client import Client
from tests.hosts.machines import NETWORK, SSH_OPTIONS, Lab, Machine, missing_tool, run
from tests.hosts.postgres import Postgres
from tests.processes import ROOT, Emulator, eventually

_FOLDER = Path(__file__).parent
_LIMIT_SECONDS = 1_200
_PLAYBOOK = ROOT / ".venv-hosts/bin/ansible-playbook"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = missing_tool()
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.timeout(_LIMIT_SECONDS))
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", NETWORK]))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


class Played(NamedTuple):
    """How a playbook ended: its exit code, what it printed, and what it changed, by host."""

    code: int
    output: str
    changed: dict[str, int]


class Checkout:
    """The repository as it is committed, in which releases are made that differ by a commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.releases = folder / ".local/releases"
        run("git", "clone", "-q", str(ROOT), str(folder))
        for name, value in (("user.name", "hosts"), ("user.email", "hosts@example.com")):
            self._git("config", name, value)
        (folder / ".local").mkdir()
        wheels = ROOT / ".local/wheels"
        if wheels.is_dir():
            shutil.copytree(wheels, folder / ".local/wheels", copy_function=os.link)

    def build(self, file: str = "", text: str = "") -> str:
        """Make a release, with some text appended to one of its files, and return its name."""
        if file:
            path = self.folder / file
            path.write_text(path.read_text() + text)
        self._git("commit", "-q", "-a", "--allow-empty", "-m", "A release")
        environment = os.environ | {"PYTHON": str(ROOT / ".venv/bin/python")}
        command = [str(self.folder / "ansible/release.sh"), "build"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        if file:
            self._git("revert", "--no-edit", "HEAD")
        return Path(done.stdout.split()[-1]).name.removesuffix(".tar.gz")

    def _git(self, *command: str) -> None:
        run("git", "-C", str(self.folder), *command)


class Site:
    """Some hosts as the playbooks see them."""

    def __init__(self, checkout: Checkout, lab: Lab, **groups: dict[str, Any]) -> None:
        self.checkout = checkout
        names = [name for hosts in groups.values() for name in hosts]
        self._inventory = lab.folder / f"{'-'.join(names)}.yml"
        common = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(lab.key),
            "ansible_ssh_common_args": " ".join(SSH_OPTIONS),
            "app_source": str(checkout.releases),
            "worker_processes": 2,
        }
        children = {group: {"hosts": hosts} for group, hosts in groups.items()}
        inventory = {"all": {"vars": common, "children": children}}
        self._inventory.write_text(yaml.safe_dump(inventory))

    def play(self, playbook: str, *options: str, **variables: str) -> Played:
        told = ("-e", json.dumps(variables))
        command = [str(_PLAYBOOK), "-i", str(self._inventory), f"{playbook}.yml", *options, *told]
        environment = os.environ | {
            "ANSIBLE_CONFIG": str(self.checkout.folder / "ansible/ansible.cfg")
        }
        done = subprocess.run(
            command,
            cwd=self.checkout.folder / "ansible",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        changed = {
            host: int(count)
            for host, count in re.findall(r"^(\S+) +: .*changed=(\d+)", output, re.MULTILINE)
        }
        return Played(done.returncode, output, changed)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def api(lab: Lab) -> Machine:
    return lab.boot("api-1")


@pytest.fixture(scope="session")
def worker(lab: Lab) -> Machine:
    return lab.boot("worker-1")


@pytest.fixture(scope="session")
def outside_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("outside"), host="0.0.0.0")  # noqa: S104  # for the hosts' networks
    make_tables_and_queues(emulator)
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout") / "platform")


@pytest.fixture(scope="session")
def site(  # noqa: PLR0917  # fixtures
    lab: Lab,
    api: Machine,
    worker: Machine,
    outside_aws: Emulator,
    postgres: Postgres,
    checkout: Checkout,
) -> Site:
    serving = _variables(api, outside_aws) | {"app_database_url": postgres.url(api.gateway)}
    working = _variables(worker, outside_aws)
    return Site(checkout, lab, api={api.name: serving}, worker={worker.name: working})


@pytest.fixture(scope="session")
def first(site: Site, checkout: Checkout) -> tuple[str, Played]:
    """Set the hosts up with a first release; return its name, and how it went."""
    release = checkout.build()
    played = site.play("site", app_release=release)
    assert played.code == 0, played.output
    return release, played


@pytest.fixture(scope="session")
def client(api: Machine, first: tuple[str, Played]) -> Client:  # noqa: ARG001  # only then it serves
    key = api.ssh("platform-manage", "api_key", "create", "hosts", "--tenant", "hosts")
    client = Client(f"http://{api.address}:8000", key.splitlines()[0])
    eventually(lambda: _takes(client), "the API takes its key")
    return client


def make_tables_and_queues(aws: Emulator) -> None:
    """Do what Terraform does before there are hosts."""
    environment = os.environ | {
        **_SETTINGS,
        "ENVIRONMENT": "local",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "AWS_ENDPOINT_URL": aws.endpoint,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "bootstrap"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _takes(client: Client) -> bool:
    try:
        return bool(client.post("demo.echo"))
    except OSError:
        return False


@pytest.fixture
def second_worker(  # noqa: PLR0917  # fixtures
    lab: Lab, outside_aws: Emulator, checkout: Checkout, client: Client
) -> Iterator[Machine]:
    machine = lab.boot("worker-2")
    alone = Site(checkout, lab, worker={machine.name: _variables(machine, outside_aws)})
    played = alone.play("site", app_release=client.version())
    assert played.code == 0, played.output
    yield machine
    machine.destroy()


def _variables(machine: Machine, aws: Emulator) -> dict[str, Any]:
    endpoint = f"http://{machine.gateway}:{aws.endpoint.rpartition(':')[2]}"
    settings = {
        "ALLOWED_HOSTS": machine.address,
        "AWS_ENDPOINT_URL": endpoint,
        "QUEUE_URL_PREFIX": f"{endpoint}/000000000000",
    }
    return {"ansible_host": machine.address, "app_environment": _SETTINGS | settings}


_SETTINGS = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "0123456789" * 6,
    "HTTPS_ONLY": "false",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "DEMO_HANDLERS": "true",
    "LONG_POLL_SECONDS": "2",
    "RECOVERY_INTERVAL_SECONDS": "2",
    "VISIBILITY_SECONDS": "6",
    "DISPATCH_DUE_SECONDS": "6",
}
