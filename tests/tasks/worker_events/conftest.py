"""A real worker and the real exporter, with a link to SQS between them that can be cut."""

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families

from tasks import transport
from tests.faults import FaultProxy
from tests.processes import Emulator, Process, eventually, free_port

QUEUE = "reported-work"
_APP = "tests.tasks.worker_events.app"


class Reporting:
    """Processes around one queue of worker events; they reach it through ``proxy``."""

    def __init__(self, aws: Emulator, folder: Path) -> None:
        self.proxy = FaultProxy(aws.endpoint).start()
        self._folder = folder
        self._processes: list[Process] = []
        run = uuid.uuid4().hex[:8]
        self.port = free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENVIRONMENT": "local",
            "AWS_ENDPOINT_URL": self.proxy.url,
            "PLATFORM_TABLE": f"platform-{run}",
            "EVENTS_TABLE": f"events-{run}",
            "WORKER_EVENTS_QUEUE": f"worker-events-{run}",
            "EXPORTER_PORT": str(self.port),
            "LONG_POLL_SECONDS": "1",
            "TEST_BROKER": aws.endpoint,
            "TEST_FOLDER": str(folder),
        }
        self._queue_url = f"{aws.endpoint}/000000000000/worker-events-{run}"
        credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        self._sqs = boto3.client(
            "sqs", endpoint_url=aws.endpoint, region_name="us-east-1", **credentials
        )
        self._sqs.create_queue(QueueName=QUEUE)
        self._publisher = _publisher(aws.endpoint)

    def bootstrap(self) -> None:
        assert self._start("bootstrap", "manage.py", "bootstrap").wait() == 0, self.logs

    def start_exporter(self, **settings: str) -> Process:
        command = ("-m", "tests.tasks.worker_events.quick_exporter")
        return self._start(f"exporter-{uuid.uuid4().hex[:4]}", *command, **settings)

    def await_metrics(self) -> None:
        eventually(self._are_metrics_served, "the exporter serves")

    def start_worker(self, name: str) -> Process:
        options = ("-P", "threads", "-c", "4", "--heartbeat-interval", "1", "-l", "INFO")
        command = ("-m", "celery", "-A", _APP, "worker", "-n", f"worker@{name}", *options)
        worker = self._start(name, *command)
        eventually(lambda: " ready." in worker.log, "the worker is ready")
        return worker

    def send(self, task: str, *arguments: str, times: int = 1) -> None:
        for _ in range(times):
            self._publisher.send_task(f"{_APP}.{task}", arguments, queue=QUEUE)

    def done(self, name: str) -> int:
        path = self._folder / "done"
        return path.read_text().splitlines().count(name) if path.exists() else 0

    def open_gate(self) -> None:
        (self._folder / "gate").touch()

    def put_event_message(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def are_all_events_read(self) -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=names)
        return all(answer["Attributes"][name] == "0" for name in names)

    def value(self, metric: str, task: str = "", **labels: str) -> float:
        """Sum the samples with these labels."""
        if task:
            labels |= {"name": f"{_APP}.{task}"}
        samples = self._samples(f"celery_{metric}")
        return sum(float(each.value) for each in samples if labels.items() <= each.labels.items())

    def labels(self, label: str) -> set[str]:
        """Return all values of a label that tasks were counted under."""
        return {sample.labels[label] for sample in self._samples("celery_task_received_total")}

    def await_value(self, expected: float, metric: str, task: str = "", **labels: str) -> None:
        eventually(
            lambda: self.value(metric, task, **labels) == expected,
            f"{metric} {task} {labels} is {expected:g}",
        )

    @property
    def logs(self) -> str:
        return "\n".join(f"--- {each.name}\n{each.log}" for each in self._processes)

    def close(self) -> None:
        self.proxy.heal()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        self._publisher.close()
        self._sqs.close()
        self.proxy.stop()

    def _samples(self, name: str) -> list[Any]:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        return [sample for family in families for sample in family.samples if sample.name == name]

    def _are_metrics_served(self) -> bool:
        assert self._processes[-1].is_running, self._processes[-1].log
        try:
            self._samples("")
        except OSError:
            return False
        return True

    def _start(self, name: str, *command: str, **settings: str) -> Process:
        environment = {**self._environment, "PROCESS_NAME": name, **settings}
        process = Process(
            name, [sys.executable, *command], environment=environment, folder=self._folder
        )
        self._processes.append(process)
        return process


def _publisher(endpoint: str) -> Celery:
    transport.register()
    publisher = Celery(
        "publisher",
        broker=endpoint.replace("http://", "sqs-durable://test:test@"),
        set_as_current=False,
    )
    publisher.conf.broker_transport_options = {
        "is_secure": False,
        "region": "us-east-1",
        "predefined_queues": {QUEUE: {"url": f"{endpoint}/000000000000/{QUEUE}"}},
    }
    return publisher


@pytest.fixture(scope="module")
def idle(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    """Make tables and queues, and nobody who uses them yet."""
    reporting = Reporting(aws, tmp_path_factory.mktemp("reporting"))
    try:
        reporting.bootstrap()
        yield reporting
    finally:
        reporting.close()


@pytest.fixture(scope="module")
def running(idle: Reporting) -> Reporting:
    """Start a worker and an exporter."""
    idle.start_exporter()
    idle.await_metrics()
    idle.start_worker("steady")
    return idle
