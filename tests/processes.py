"""Processes that a test starts, waits for and ends; among them an emulated AWS."""

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 60.0
_PROGRAMS = Path(sys.executable).parent
# Below those that Linux gives to connections, which might take one before its server starts; so
# far apart that the few that follow one are free, too; and begun anywhere, since others may test.
_PORTS = range(20_000, 32_000, 8)
_ports = itertools.cycle(_PORTS)
for _ in range(random.SystemRandom().randrange(len(_PORTS))):
    next(_ports)


def eventually(is_so: Callable[[], Any], what: str, limit_seconds: float = LIMIT_SECONDS) -> Any:
    """Wait for a truthy answer and return it."""
    ends_at = time.monotonic() + limit_seconds
    while not (answer := is_so()):
        assert time.monotonic() < ends_at, f"in {limit_seconds:g} s it did not happen: {what}"
        time.sleep(0.02)
    return answer


def free_port() -> int:
    """Find a port for a server that is about to start; each is given once."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Process:
    """A process that writes its output to a file and is ended by its own id."""

    def __init__(
        self, name: str, command: Sequence[str], *, environment: dict[str, str], folder: Path
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                # A group of its own, so that kill() reaches its children too.
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self, limit_seconds: float = LIMIT_SECONDS) -> int:
        """Wait for the end, bring it about if it does not come, and return the exit code."""
        try:
            return self._process.wait(timeout=limit_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Emulator:
    """An emulated AWS, SQS and DynamoDB unless said otherwise, forgotten when it ends."""

    def __init__(
        self, folder: Path, *, services: str = "sqs,dynamodb", host: str = "127.0.0.1"
    ) -> None:
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        settings = {
            "BIND_HOST": host,
            "GATEWAY_PORT": str(port),
            "SERVICES": services,
            "LOG_LEVEL": "WARNING",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        command = [str(_PROGRAMS / "ministack")]
        self._process = Process("aws", command, environment=os.environ | settings, folder=folder)
        try:
            eventually(self._is_ready, "the emulator answers")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _is_ready(self) -> bool:
        assert self._process.is_running, self._process.log
        return answers(f"{self.endpoint}/_ministack/health")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # loopback
            return True
    except OSError:
        return False
