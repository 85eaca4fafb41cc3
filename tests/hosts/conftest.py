"""Debian hosts with an emulated AWS and a PostgreSQL outside of them, and releases for them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.hosts.account import NAME, SERVICES, Account, user_data
from tests.hosts.client import Client
from tests.hosts.instance import REGION
from tests.hosts.machines import NETWORK, SSH_OPTIONS, Lab, Machine, obstacle, run
from tests.hosts.postgres import Postgres
from tests.processes import ROOT, Emulator, eventually

_FOLDER = Path(__file__).parent
_LIMIT_SECONDS = 1_200
_PLAYBOOK = ROOT / ".venv-hosts/bin/ansible-playbook"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = obstacle()
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

    def __init__(
        self, checkout: Checkout, lab: Lab, account: Account, **groups: dict[str, Any]
    ) -> None:
        self.checkout = checkout
        self._account = account
        names = [name for hosts in groups.values() for name in hosts]
        self._inventory = lab.folder / f"{'-'.join(names)}.yml"
        common = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(lab.key),
            "ansible_ssh_common_args": " ".join(SSH_OPTIONS),
            "app_source": str(checkout.releases),
            "worker_processes": 2,
            "platform_name": NAME,
            "aws_region": REGION,
        }
        children = {group: {"hosts": hosts} for group, hosts in groups.items()}
        inventory = {"all": {"vars": common, "children": children}}
        self._inventory.write_text(yaml.safe_dump(inventory))

    def play(self, playbook: str, *options: str, **variables: Any) -> Played:
        told = ("-e", json.dumps(variables))
        command = [str(_PLAYBOOK), "-i", str(self._inventory), f"{playbook}.yml", *options, *told]
        environment = self._account.environment | {
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
def account(
    tmp_path_factory: pytest.TempPathFactory, api: Machine, postgres: Postgres
) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("outside")
    emulator = Emulator(folder, services=SERVICES, host="0.0.0.0")  # noqa: S104  # for the hosts' networks
    try:
        # Every host reaches the first one's gateway, and so all can have the same settings.
        yield Account(emulator, postgres, gateway=api.gateway)
    finally:
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
    lab: Lab, api: Machine, worker: Machine, account: Account, checkout: Checkout
) -> Site:
    for host in (api, worker):
        account.take_in(host)
    # The host's own goes over what SSM has for all.
    serving = {"ansible_host": api.address, "app_environment": {"ALLOWED_HOSTS": api.address}}
    working = {"ansible_host": worker.address, "app_environment": {"WORKER_POOL": "threads"}}
    return Site(checkout, lab, account, api={api.name: serving}, worker={worker.name: working})


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


@pytest.fixture(scope="session")
def current_release(account: Account, checkout: Checkout, client: Client) -> str:
    """Make what the first hosts run the release that new ones start with."""
    account.promote(checkout.releases / f"{client.version()}.tar.gz")
    return client.version()


@pytest.fixture(scope="session")
def second_worker(lab: Lab, account: Account, current_release: str) -> Machine:  # noqa: ARG001  # only then
    return start_alone(lab, account, "worker-2")


@pytest.fixture(scope="session")
def second_api(lab: Lab, account: Account, current_release: str) -> Machine:  # noqa: ARG001  # only then
    return start_alone(lab, account, "api-2")


def start_alone(lab: Lab, account: Account, name: str, *, disk: str = "") -> Machine:
    """Start a host that nobody configures but itself, as what its name begins with."""
    machine = lab.make(name)
    if disk:
        machine.attach_disk(disk)
    account.take_in(machine)
    machine.run_at_boot(user_data(name.partition("-")[0]))
    machine.start()
    return machine


def _takes(client: Client) -> bool:
    try:
        return bool(client.post("demo.echo"))
    except OSError:
        return False
