"""What everything that is measured shares: an emulated AWS, processes, queues, CPU times."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import boto3
import psutil  # type: ignore[import-untyped]

from tests.processes import ROOT, Emulator, Process, eventually

_PEERS = ROOT / ".venv-bench" / "bin"


def peer_program(name: str) -> str:
    """Return the path of a program out of requirements-bench.txt."""
    path = _PEERS / name
    if not path.exists():
        raise SystemExit(f"{path} is not there: `make bench` installs requirements-bench.txt.")
    return str(path)


class Measured:
    """A running process whose CPU time is known, that of its children included."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.pid = process._process.pid  # noqa: SLF001  # the tests have no other use for it

    @property
    def cpu_seconds(self) -> float:
        root = psutil.Process(self.pid)
        times = [each.cpu_times() for each in [root, *root.children(recursive=True)]]
        return float(sum(each.user + each.system for each in times))

    @property
    def memory_mib(self) -> float:
        """What it keeps in memory, without what its processes share."""
        root = psutil.Process(self.pid)
        parts = []
        for each in [root, *root.children(recursive=True)]:
            # A child may end while it is looked at.
            with suppress(psutil.NoSuchProcess):
                parts.append(each.memory_full_info().uss)
        return float(sum(parts)) / 1_048_576

    def pause(self) -> None:
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)


class Rig:
    """An emulated AWS and the processes that use it; all of them end with the ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[Process] = []

    def __enter__(self) -> Self:
        self._emulator = Emulator(self.folder)
        self.endpoint = self._emulator.endpoint
        self.aws = Measured(self._emulator._process)  # noqa: SLF001  # only here is it of interest
        self._sqs, self._dynamodb = self._client("sqs"), self._client("dynamodb")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            if process.is_running:
                process.kill()
        self._sqs.close()
        self._dynamodb.close()
        self._emulator.stop()

    def start(self, name: str, command: Sequence[str], **environment: str) -> Measured:
        """Start a program of this Python's environment, or one of the peers' by its path."""
        process = Process(
            name,
            [sys.executable if each == "python" else each for each in command],
            environment=self._environment | environment,
            folder=self.folder,
        )
        self._processes.append(process)
        return Measured(process)

    def run(self, name: str, command: Sequence[str], **environment: str) -> None:
        """Run a program to its end."""
        process = self.start(name, command, **environment).process
        assert process.wait() == 0, process.log

    def make_queue(self, name: str) -> str:
        """Make a queue with a redrive policy and return its address."""
        dead = self._sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        arn = answer["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "100"})
        made = self._sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
        url: str = made["QueueUrl"]
        return url

    def make_table(self, name: str) -> None:
        """Make a table by event id, unless it is there."""
        with suppress(self._dynamodb.exceptions.ResourceInUseException):
            self._dynamodb.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )

    def wait_until_drained(self, url: str) -> None:
        """Wait as long as it takes, if only the queue gets shorter."""
        left = self._count(url)
        while left:
            left = eventually(partial(self._less_than, left, url), f"{url} is drained") - 1

    def _less_than(self, left: int, url: str) -> int:
        """Return one more than what is left, so that an empty queue is true; 0 if it is as many."""
        now = self._count(url)
        return now + 1 if now < left else 0

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def _count(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(each) for each in answer["Attributes"].values())

    @property
    def _environment(self) -> dict[str, str]:
        """Return a whole environment: nothing of the caller's reaches what is measured."""
        credentials: dict[str, Any] = {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            "AWS_ENDPOINT_URL": self.endpoint,
            "ENDPOINT": self.endpoint,
            **credentials,
        }
