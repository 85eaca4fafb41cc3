"""A real worker process, and the queue it works on, as the tests see them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from celery import Celery

from tests.processes import LIMIT_SECONDS, ROOT, eventually


class WorkQueue:
    """A queue with a dead-letter queue behind it, looked at past the proxy."""

    def __init__(self, sqs: Any, name: str, max_receive_count: int) -> None:
        self._sqs = sqs
        self.name = name
        self.dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        dead_arn = self._attributes(self.dead_url)["QueueArn"]
        policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": max_receive_count}
        self.url = sqs.create_queue(
            QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy)}
        )["QueueUrl"]

    def put(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    @property
    def visible(self) -> int:
        return int(self._attributes(self.url)["ApproximateNumberOfMessages"])

    @property
    def invisible(self) -> int:
        return int(self._attributes(self.url)["ApproximateNumberOfMessagesNotVisible"])

    def is_empty(self) -> bool:
        return self.visible + self.invisible == 0

    def has_dead(self, count: int) -> bool:
        return int(self._attributes(self.dead_url)["ApproximateNumberOfMessages"]) == count

    def _attributes(self, url: str) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        attributes: dict[str, str] = answer["Attributes"]
        return attributes


class Worker:
    """``celery worker`` in a process of its own."""

    def __init__(
        self, *, folder: Path, proxy_url: str, queue: WorkQueue, arguments: list[str], **env: Any
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.queue = queue
        self._notes = folder / "notes"
        self._log = folder / "log"
        broker_url = proxy_url.replace("http://", "sqs-durable://test:test@")
        self._env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            "TEST_BROKER_URL": broker_url,
            "TEST_QUEUE_URL": queue.url,
            "TEST_NOTES": str(self._notes),
            **{name: str(value) for name, value in env.items()},
        }
        command = [sys.executable, "-m", "celery", "-A", "tests.tasks.transport.app", "worker"]
        options = ["-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *options, *arguments], env=self._env, stdout=log, stderr=log, cwd=ROOT
            )

    def await_ready(self) -> "Worker":
        eventually(lambda: self.says(" ready.") or self.exit_code is not None, "worker ready")
        assert self.exit_code is None, self.log
        return self

    @property
    def log(self) -> str:
        return self._log.read_text()

    def says(self, text: str) -> bool:
        return text in self.log

    @property
    def outages_begun(self) -> int:
        return self.log.count("fails:")

    @property
    def outages_over(self) -> int:
        return self.log.count("works again")

    def await_calm(self) -> "Worker":
        """Wait until an outage that another test made is over."""
        self.await_ready()
        eventually(lambda: self.outages_begun == self.outages_over, "the all-clear")
        return self

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def notes(self, name: str = "") -> list[dict[str, Any]]:
        if not self._notes.exists():
            return []
        notes = [json.loads(line) for line in self._notes.read_text().splitlines()]
        return [each for each in notes if name in ("", each["name"])]

    def ended(self, name: str) -> bool:
        return any(each["what"] == "end" for each in self.notes(name))

    def runs(self) -> list[str]:
        return [each["name"] for each in self.notes() if each["what"] == "start"]

    def terminate(self) -> None:
        """Ask for a warm shutdown, as a service manager does."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def await_exit(self) -> int:
        return self._process.wait(timeout=LIMIT_SECONDS)

    def stop(self) -> None:
        """Make sure that the process is gone, whatever state it was in."""
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Publisher:
    """Publishes through the transport from this very process."""

    def __init__(self, url: str, queue: str, queue_url: str, **options: Any) -> None:
        self._queue = queue
        broker = url.replace("http://", "sqs-durable://test:test@")
        self.app = Celery("publisher", broker=broker, set_as_current=False)
        # As many publishers at a time as a test has threads.
        self.app.conf.broker_pool_limit = 32
        self.app.conf.broker_transport_options = {
            "is_secure": False,
            "region": "us-east-1",
            "predefined_queues": {queue: {"url": queue_url}},
            # A machine that stalls for seconds is no fault of what is tested.
            "client-config": {"connect_timeout": 20, "read_timeout": 20},
            **options,
        }

    def send(self, task: str, *args: Any, **options: Any) -> None:
        name = f"tests.tasks.transport.app.{task}"
        options.setdefault("retry", False)
        self.app.send_task(name, args=args, queue=self._queue, ignore_result=True, **options)

    def close(self) -> None:
        self.app.close()
