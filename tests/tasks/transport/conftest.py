"""An emulated SQS, a faulty link to it, and workers at the other end."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tasks import transport
from tests.faults import FaultProxy
from tests.processes import Emulator
from tests.tasks.transport.worker import Publisher, Worker, WorkQueue

transport.register()


@pytest.fixture(scope="module")
def sqs(aws: Emulator) -> Iterator[Any]:
    client = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def module_proxy(aws: Emulator) -> Iterator[FaultProxy]:
    proxy = FaultProxy(aws.endpoint).start()
    yield proxy
    proxy.stop()


@pytest.fixture
def proxy(module_proxy: FaultProxy) -> Iterator[FaultProxy]:
    module_proxy.clear()
    yield module_proxy
    module_proxy.clear()
    module_proxy.heal()


MakeQueue = Callable[..., WorkQueue]


@pytest.fixture(scope="module")
def make_queue(sqs: Any) -> MakeQueue:
    def make(max_receive_count: int = 100) -> WorkQueue:
        return WorkQueue(sqs, f"work-{uuid.uuid4().hex[:8]}", max_receive_count)

    return make


StartWorker = Callable[..., Worker]


@pytest.fixture
def start_worker(
    module_proxy: FaultProxy, make_queue: MakeQueue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartWorker]:
    yield from _workers(module_proxy, make_queue, tmp_path_factory)


@pytest.fixture(scope="module")
def start_lasting_worker(
    module_proxy: FaultProxy, make_queue: MakeQueue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartWorker]:
    yield from _workers(module_proxy, make_queue, tmp_path_factory)


def _workers(
    proxy: FaultProxy, make_queue: MakeQueue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartWorker]:
    workers: list[Worker] = []

    def start(
        *arguments: str, queue: WorkQueue | None = None, max_receive_count: int = 100, **env: Any
    ) -> Worker:
        worker = Worker(
            folder=tmp_path_factory.mktemp("worker"),
            proxy_url=proxy.url,
            queue=queue or make_queue(max_receive_count),
            arguments=list(arguments),
            **env,
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.stop()


Publish = Callable[..., Publisher]


@pytest.fixture
def publisher_for(aws: Emulator) -> Iterator[Publish]:
    publishers: list[Publisher] = []

    def make(queue: WorkQueue, url: str = aws.endpoint, **options: Any) -> Publisher:
        publishers.append(Publisher(url, queue.name, queue.url, **options))
        return publishers[-1]

    yield make
    for publisher in publishers:
        publisher.close()
