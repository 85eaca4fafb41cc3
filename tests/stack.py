"""The platform as real processes on loopback: the API and its workers."""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from tests.processes import LIMIT_SECONDS, ROOT, Process, answers, eventually, free_port

_TERMINAL = {"succeeded", "dead"}


class Answer(NamedTuple):
    """What the API said: the status, the JSON, and the very bytes of the body."""

    status: int
    json: Any
    body: bytes


class Stack:
    """An API process and some workers with tables and queues of their own.

    ``settings`` are environment variables. Close it, and print ``logs`` when a test has failed.
    """

    def __init__(
        self, endpoint: str, folder: Path, *, workers: int = 2, settings: dict[str, Any]
    ) -> None:
        self._folder = folder
        self._environment = _environment(endpoint, folder, settings)
        self._processes: list[Process] = []
        self._sqs, self._dynamodb = (
            boto3.client(
                name,
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )
            for name, url in (
                ("sqs", self._environment.get("AWS_ENDPOINT_URL_SQS", endpoint)),
                ("dynamodb", endpoint),
            )
        )
        self.url = f"http://127.0.0.1:{self._environment['PORT']}"
        self.workers: dict[str, Process] = {}
        # What requests are made with, if nothing else is said.
        self.key: str | None = None
        try:
            self._start_all(workers)
        except BaseException:
            self.close()
            raise

    def start_api(self) -> None:
        self.api = self._start("api", "-m", "gunicorn", "-c", "python:config.gunicorn")

    def start_worker(self, name: str, **settings: Any) -> None:
        """Start a worker, with settings of its own if need be."""
        self.workers[name] = self._start(name, "-m", "config.worker", **settings)

    def start_exporter(self) -> None:
        self._start("exporter", "-m", "tasks.exporter")

    def manage(
        self,
        *arguments: str,
        limit_seconds: float = LIMIT_SECONDS,
        codes: Collection[int] = (0,),
    ) -> str:
        """Run a command of manage.py to its end, and return what it wrote."""
        command = self._start(arguments[0], "manage.py", *arguments)
        self._processes.remove(command)
        assert command.wait(limit_seconds) in codes, self.logs
        return command.log

    def diagnose(self) -> str:
        """Return what ``manage.py doctor`` says, healthy or not."""
        doctor = self._start(f"doctor-{uuid.uuid4().hex[:4]}", "manage.py", "doctor", "--json")
        self._processes.remove(doctor)
        code, log = doctor.wait(), doctor.log
        assert code == (0 if json.loads(log)["is_healthy"] else 1), log
        return log

    def post(
        self, event_type: str, payload: Any = None, *, request_id: str = "", **fields: Any
    ) -> str:
        """Post an event and return its id."""
        body = {"event_type": event_type, "payload": payload or {}, **fields}
        answer = self.request("/events", json.dumps(body).encode(), request_id=request_id)
        assert answer.status == 202, answer
        event_id: str = answer.json["event_id"]
        return event_id

    def get(self, event_id: str) -> dict[str, Any]:
        event: dict[str, Any] = self.read(f"/events/{event_id}")
        return event

    def read(self, path: str) -> Any:
        """Return what is there, and ask again where a busy emulator was too slow for the store."""
        answer = eventually(partial(self._answer_in_time, path), f"{path} is read")
        assert answer.status == 200, answer
        return answer.json

    def request(
        self, path: str, body: bytes | None = None, *, key: str | None = None, request_id: str = ""
    ) -> Answer:
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        key = key or self.key
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310  # loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        return Answer(status, json.loads(content), content)

    def wait_until_terminal(self, event_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the events once each has succeeded or is dead."""
        return [eventually(partial(self._ended, each), f"{each} ends") for each in event_ids]

    def wait_for_attempt(self, event_id: str) -> dict[str, Any]:
        """Return the event once a worker has claimed it."""
        eventually(lambda: self.get(event_id)["attempts"], f"an attempt of {event_id} begins")
        return self.get(event_id)

    def kill(self, worker: str) -> None:
        """End a worker as a power cut would."""
        self.workers.pop(worker).kill()

    def lease_owner(self, name: str) -> str | None:
        """Return the worker that holds a lease, or held it last."""
        answer = self._dynamodb.get_item(
            TableName=self._environment["PLATFORM_TABLE"],
            Key={"kind": {"S": "lease"}, "name": {"S": name}},
        )
        owner: str | None = answer.get("Item", {}).get("owner", {}).get("S")
        return owner

    def messages(self, queue: str) -> int:
        """Count what the queue of this setting holds, messages in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return self.count_messages(queue, *names)

    def count_messages(self, queue: str, *names: str) -> int:
        """Return the sum of some of the queue's own counts."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self.queue_url(queue), AttributeNames=list(names)
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    def count_stored(self) -> int:
        """Count what the events table holds, payloads of their own included."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._environment["EVENTS_TABLE"], Select="COUNT"
        )
        return sum(page["Count"] for page in pages)

    def group_of_next_message(self, queue: str) -> str:
        """Wait for a message and return what SQS has as its group."""
        answer = self._sqs.receive_message(
            QueueUrl=self.queue_url(queue),
            MessageSystemAttributeNames=["MessageGroupId"],
            WaitTimeSeconds=20,
        )
        group: str = answer["Messages"][0]["Attributes"]["MessageGroupId"]
        return group

    def move_messages(self, source: str, target: str) -> list[str]:
        """Move up to ten messages, as an operator's redrive does, and return their bodies."""
        answer = self._sqs.receive_message(
            QueueUrl=self.queue_url(source), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self._sqs.send_message(
                QueueUrl=self.queue_url(target),
                MessageBody=message["Body"],
                MessageAttributes=message.get("MessageAttributes", {}),
            )
            self._sqs.delete_message(
                QueueUrl=self.queue_url(source), ReceiptHandle=message["ReceiptHandle"]
            )
        return [message["Body"] for message in messages]

    @property
    def logs(self) -> str:
        paths = sorted(self._folder.glob("*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')}" for path in paths)

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        self._sqs.close()
        self._dynamodb.close()

    def queue_url(self, queue: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=self._environment[queue])["QueueUrl"]
        return url

    def _answer_in_time(self, path: str) -> Answer | None:
        answer = self.request(path)
        return None if answer.status == 503 else answer

    def _ended(self, event_id: str) -> dict[str, Any] | None:
        event = self.get(event_id)
        return event if event["status"] in _TERMINAL else None

    def _start_all(self, workers: int) -> None:
        bootstrap = self._start("bootstrap", "manage.py", "bootstrap")
        self.manage("migrate", "--verbosity=0")
        if bootstrap.wait() != 0:
            # A busy emulator may answer too late at first; what is there already is left alone.
            self.manage("bootstrap")
        self.start_api()
        for i in range(workers):
            self.start_worker(f"worker-{i}")
        eventually(self._is_ready, "the stack is ready")

    def _is_ready(self) -> bool:
        assert all(each.is_running for each in self._processes[1:]), self.logs
        are_workers_ready = all(" ready." in worker.log for worker in self.workers.values())
        return are_workers_ready and answers(f"{self.url}/health")

    def _start(self, name: str, *command: str, **settings: Any) -> Process:
        own = {"PROCESS_NAME": name, "WORKER_NAME": name, **self._way_to_aws(name), **settings}
        environment = self._environment | {key: str(value) for key, value in own.items()}
        process = Process(
            name, [sys.executable, *command], environment=environment, folder=self._folder
        )
        self._processes.append(process)
        return process

    def _way_to_aws(self, name: str) -> dict[str, str]:  # noqa: ARG002  # for subclasses
        """Return the settings with which one process reaches AWS in its own way."""
        return {}


def _environment(endpoint: str, folder: Path, settings: dict[str, Any]) -> dict[str, str]:
    """Return a whole environment: nothing of the caller's reaches the platform."""
    run = uuid.uuid4().hex[:8]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "local",
        "PORT": str(free_port()),
        "API_WORKERS": "1",
        "DATABASE_URL": f"sqlite:///{folder}/django.sqlite3",
        "METRICS_FOLDER": str(folder / "metrics"),
        "COUNTERS_FOLDER": str(folder / "counters"),
        "AWS_ENDPOINT_URL": endpoint,
        "EVENTS_TABLE": f"events-{run}",
        "PLATFORM_TABLE": f"platform-{run}",
        "WORK_QUEUE": f"work-{run}",
        "DEAD_LETTER_QUEUE": f"dead-letter-{run}",
        "WORKER_EVENTS_QUEUE": f"worker-events-{run}",
        "LONG_POLL_SECONDS": "1",
        "RECOVERY_INTERVAL_SECONDS": "1",
    }
    return environment | {name: str(value) for name, value in settings.items()}
