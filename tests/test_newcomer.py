"""The newcomer's path: a fresh copy, the README's commands, nothing else."""

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import readme
from tests.processes import ROOT, answers

# A first start installs everything; a cold cache or a busy machine may take minutes for it.
INSTALL_LIMIT_SECONDS = 400.0
LIMIT_SECONDS = 90.0
PORTS_PER_STACK = 4
# Linux gives the ports above them to connections and to whoever asks for any port.
_LASTING_PORTS = range(20_000, 32_000)


def eventually(is_so: Callable[[], Any], what: str, limit_seconds: float = LIMIT_SECONDS) -> Any:
    ends_at = time.monotonic() + limit_seconds
    while not (answer := is_so()):
        assert time.monotonic() < ends_at, f"it did not happen: {what}"
        time.sleep(0.05)
    return answer


class Checkout:
    """A copy of what git would give a newcomer, and the processes that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports()
        self.output = folder.parent / "output"
        self._run: subprocess.Popen[bytes] | None = None
        listed = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    def start(self, command: str) -> None:
        """Type a command of the README, on a port of our own."""
        # What the tests have set is not what a newcomer has; where pip finds packages is.
        kept = ("HOME", "PATH", "LANG", "TMPDIR", "PIP_", "SSL_", "REQUESTS_", "PYENV_", "VENV")
        environment = {name: text for name, text in os.environ.items() if name.startswith(kept)}
        environment |= {"PORT": str(self.port), "HANDLER_MODULES": "orders"}
        with self.output.open("wb") as output:
            self._run = subprocess.Popen(
                shlex.split(command), cwd=self.folder, env=environment, stdout=output, stderr=output
            )

    def is_up(self) -> bool:
        assert self._run is not None
        assert self._run.poll() is None, self.output.read_text()
        return answers(f"http://127.0.0.1:{self.port}/health") and "ready." in self.console

    @property
    def console(self) -> str:
        return self.output.read_text(errors="replace")

    def processes(self, program: str = "") -> list[psutil.Process]:
        """Find what runs in the copy's folder."""
        found = psutil.process_iter(["cwd", "cmdline"])
        return [
            each
            for each in found
            if each.info["cwd"] == str(self.folder)
            and program in " ".join(each.info["cmdline"] or [])
        ]

    def curl(self, command: str) -> Any:
        command = command.replace("8000", str(self.port)).replace("\\\n", " ")
        finished = subprocess.run(
            shlex.split(command), capture_output=True, check=True, text=True, timeout=30
        )
        return json.loads(finished.stdout)

    def stop(self) -> None:
        """Ask make to stop, as a terminal that closes or a service manager does."""
        if self._run is not None:
            self._run.send_signal(signal.SIGTERM)
            self._run.wait(timeout=LIMIT_SECONDS)

    def clear(self) -> None:
        for each in self.processes():
            with suppress(psutil.NoSuchProcess):
                each.kill()


def free_ports() -> int:
    """Find a port that is free, as its followers are, and stays so while all is installed."""
    while True:
        first = secrets.choice(_LASTING_PORTS)
        taken = {each.laddr.port for each in psutil.net_connections() if each.laddr}
        if taken.isdisjoint(range(first, first + PORTS_PER_STACK)):
            return first


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    (tmp_path / "event-platform").mkdir()
    checkout = Checkout(tmp_path / "event-platform")
    yield checkout
    checkout.clear()


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_a_newcomer_gets_what_the_readme_says(checkout: Checkout) -> None:
    (handler,) = readme.blocks("Write a handler", "python")
    (checkout.folder / "orders.py").write_text(handler)
    (commands,) = readme.blocks("Run it", "sh")
    enter, run = commands.splitlines()
    assert enter == f"cd {checkout.folder.name}"

    checkout.start(run)
    eventually(checkout.is_up, "the API answers and a worker is ready", INSTALL_LIMIT_SECONDS)
    it_does_what_the_readme_says(checkout)
    a_killed_worker_is_back(checkout)
    checkout.stop()

    assert checkout.processes() == []
    assert "Traceback" not in checkout.console


def it_does_what_the_readme_says(checkout: Checkout) -> None:
    post, get = readme.blocks("Try it", "sh")
    (answer,) = readme.blocks("Try it", "json")

    accepted = checkout.curl(post)
    assert accepted.keys() == json.loads(answer).keys()
    event = eventually_succeeded(checkout, get, accepted["event_id"])
    assert event["result"] == {"hello": "world"}

    order = re.sub(
        r"-d '.*'", """-d '{"event_type": "order.created", "payload": {"order": 7}}'""", post
    )
    event = eventually_succeeded(checkout, get, checkout.curl(order)["event_id"])
    assert event["result"] == {"shipped": 7}


def a_killed_worker_is_back(checkout: Checkout) -> None:
    post, get = readme.blocks("Try it", "sh")
    (worker,) = checkout.processes("config.worker")

    worker.send_signal(signal.SIGKILL)

    eventually(lambda: checkout.console.count("ready.") > 1, "the worker is back")
    eventually_succeeded(checkout, get, checkout.curl(post)["event_id"])


def eventually_succeeded(checkout: Checkout, get: str, event_id: str) -> Any:
    def succeeded() -> Any:
        event = checkout.curl(get.replace("EVENT_ID", event_id))
        return event if event["status"] == "succeeded" else None

    return eventually(succeeded, "the event succeeds")
